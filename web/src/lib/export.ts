// Lists as files, made in the browser from what is shown.
import type { ColumnOf } from "../ui/data_table.tsx";

/** A field of CSV (RFC 4180): quoted where it must be. */
export function csvField(value: string | number | null | undefined): string {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvOf<T>(rows: readonly T[], columns: readonly ColumnOf<T>[]): string {
  const exported = columns.filter((column) => column.value);
  const lines = [exported.map((c) => csvField(c.id)), ...rows.map((row) => exported.map((c) => csvField(c.value!(row))))];
  return lines.map((line) => line.join(",")).join("\r\n") + "\r\n";
}

export function saveFile(name: string, type: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
