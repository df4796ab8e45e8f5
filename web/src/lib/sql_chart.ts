// What of a query's result can be drawn. Here, and only here, cells become
// numbers: a chart is no place where the last digit is read.
import type { SqlResult } from "../api/types.ts";

export interface ResultLines {
  label: string;
  at: number[];
  times: boolean;
  lines: { name: string; values: (number | null)[] }[];
}

const kNumeric = /^(Nullable\(|LowCardinality\()*(U?Int|Float|Decimal|BFloat)/;
const kTime = /^(Nullable\()?(Date|DateTime)/;
const kLinesMax = 6;

/** Seconds since 1970 of what ClickHouse writes for a date or a time (UTC unless it says otherwise). */
export function secondsOf(text: string | null): number | null {
  if (text === null) return null;
  const ms = Date.parse(/\d{2}:\d{2}/.test(text) ? `${text.replace(" ", "T").replace(/(\.\d{3})\d+/, "$1")}Z` : `${text}T00:00:00Z`);
  return Number.isNaN(ms) ? null : ms / 1000;
}

/** Lines over the first column of times, or bars in the order of the rows; null if there is no number. */
export function chartOf(result: SqlResult): ResultLines | null {
  const time = result.columns.findIndex((column) => kTime.test(column.type));
  const numbers = result.columns.map((_, i) => i).filter((i) => i !== time && kNumeric.test(result.columns[i]!.type)).slice(0, kLinesMax);
  if (numbers.length === 0 || result.rows.length === 0) return null;
  const rows = time < 0 ? [...result.rows] : result.rows
    .filter((row) => secondsOf(row[time] ?? null) !== null)
    .sort((a, b) => secondsOf(a[time] ?? null)! - secondsOf(b[time] ?? null)!);
  return {
    label: time < 0 ? "by row" : `over ${result.columns[time]!.name}`,
    at: rows.map((row, i) => (time < 0 ? i : secondsOf(row[time] ?? null)!)), times: time >= 0,
    lines: numbers.map((i) => ({ name: result.columns[i]!.name, values: rows.map((row) => (row[i] === null || row[i] === undefined ? null : Number(row[i]))) })),
  };
}
