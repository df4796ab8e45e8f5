// What stands above a list: its filter and its files.
import type { ComponentChildren } from "preact";
import { csvOf, saveFile } from "../lib/export.ts";
import { useQuery } from "../lib/query.ts";
import { Button, Search } from "./basic.tsx";
import type { ColumnOf } from "./data_table.tsx";

interface Props<T> {
  name: string;
  rows: readonly T[];
  columns: readonly ColumnOf<T>[];
  placeholder?: string;
  children?: ComponentChildren;
}

/** A bar with the text filter (in the address as q), what the page adds, and CSV and JSON of the rows. */
export function ListTools<T>({ name, rows, columns, placeholder, children }: Props<T>) {
  const [query, setQuery] = useQuery();
  return (
    <div class="bar">
      {placeholder && <Search value={query.q ?? ""} placeholder={placeholder} onInput={(q) => setQuery({ q })} />}
      {children}
      <span class="spring" />
      <Button small kind="ghost" icon="download" title="The rows shown, as CSV" onClick={() => saveFile(`${name}.csv`, "text/csv", csvOf(rows, columns))}>CSV</Button>
      <Button small kind="ghost" icon="download" title="The rows shown, as JSON" onClick={() => saveFile(`${name}.json`, "application/json", JSON.stringify(rows, null, 2))}>JSON</Button>
    </div>
  );
}

/** Rows one of whose texts holds what was typed, in any case. */
export function filtered<T>(rows: readonly T[], typed: string | undefined, textsOf: (row: T) => (string | null | undefined)[]): readonly T[] {
  const want = (typed ?? "").trim().toLowerCase();
  return want === "" ? rows : rows.filter((row) => textsOf(row).some((text) => text?.toLowerCase().includes(want)));
}
