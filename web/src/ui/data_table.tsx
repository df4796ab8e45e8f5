// A list as a real <table>: sorted by its heads, moved through by j and k, and
// drawn only where it can be seen, so that 10,000 rows are no burden.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { compareNumeric } from "../lib/format.ts";
import { bind } from "../lib/keys.ts";
import { useQuery } from "../lib/query.ts";
import { density } from "../lib/store.ts";
import { Icon } from "./icon.tsx";

export interface ColumnOf<T> {
  id: string;
  head: string;
  title?: string;
  cell: (row: T) => ComponentChildren;
  /** What the column is sorted and exported by; text that is a number sorts as one, exactly. */
  value?: (row: T) => string | number | null | undefined;
  numeric?: boolean;
  /** Shown even where the window is narrow. */
  keep?: boolean;
  class?: string;
}

interface Props<T> {
  label: string;
  rows: readonly T[];
  columns: readonly ColumnOf<T>[];
  keyOf: (row: T) => string;
  /** Opens a row that is clicked; its first cell holds the link or button of the keyboard. */
  open?: (row: T) => void;
  selected?: string | undefined;
  sorted?: string;
  fill?: boolean;
  empty?: ComponentChildren;
}

const kRowPx = { compact: 30, comfortable: 38 } as const;
const kWindowFrom = 120;
const kMargin = 12;

type Sortable = string | number | null | undefined;

/** Orders rows by a column's value; "-id" is the other way round. */
export function sortRows<T>(rows: readonly T[], columns: readonly ColumnOf<T>[], by: string): readonly T[] {
  const column = columns.find((c) => c.id === by.replace(/^-/, ""));
  if (!column?.value) return rows;
  const value = column.value, way = by.startsWith("-") ? -1 : 1;
  const absent = (v: Sortable) => v === null || v === undefined || v === "";
  return [...rows].sort((a, b) => {
    const x = value(a), y = value(b);
    if (absent(x) || absent(y)) return absent(x) ? (absent(y) ? 0 : 1) : -1;
    if (typeof x === "number" && typeof y === "number") return way * (x - y);
    return way * (column.numeric ? compareNumeric(String(x), String(y)) : String(x).localeCompare(String(y)));
  });
}

export function DataTable<T>(props: Props<T>) {
  const { label, rows, columns, keyOf, open, selected, fill, empty } = props;
  const [query, setQuery] = useQuery();
  const by = query.sort ?? props.sorted ?? "";
  const sorted = useMemo(() => sortRows(rows, columns, by), [rows, columns, by]);
  const box = useRef<HTMLDivElement>(null);
  const rowPx = kRowPx[density.value];
  const windowed = sorted.length > kWindowFrom;
  const [first, last] = useVisible(box, sorted.length, rowPx, windowed);
  useMoves(box, sorted.length, rowPx);
  const head = (column: ColumnOf<T>) => {
    const active = by.replace(/^-/, "") === column.id;
    const down = by === `-${column.id}`;
    return (
      <th
        key={column.id} scope="col" class={cellClass(column)} title={column.title}
        aria-sort={active ? (down ? "descending" : "ascending") : undefined}
      >
        {column.value && column.head ? (
          <button type="button" class="sort" onClick={() => setQuery({ sort: active && !down ? `-${column.id}` : column.id })}>
            {column.head}{active && <Icon name={down ? "down" : "up"} />}
          </button>
        ) : column.head}
      </th>
    );
  };
  if (sorted.length === 0 && empty) return <>{empty}</>;
  return (
    <div class={`table-box${fill ? " fill" : ""}`} ref={box} role="region" aria-label={label} tabIndex={0}>
      <table class={`data${columns.some((c) => c.keep) ? " lean" : ""}`} aria-rowcount={windowed ? sorted.length + 1 : undefined}>
        <thead><tr>{columns.map(head)}</tr></thead>
        <tbody>
          {first > 0 && <tr class="gap" aria-hidden="true"><td colSpan={columns.length} style={{ height: `${first * rowPx}px` }} /></tr>}
          {sorted.slice(first, last).map((row, i) => {
            const key = keyOf(row);
            return (
              <tr
                key={key} data-index={first + i} aria-rowindex={windowed ? first + i + 2 : undefined}
                class={open ? "opens" : ""} aria-selected={selected === undefined ? undefined : selected === key}
                onClick={open && ((event) => {
                  if (!(event.target as HTMLElement).closest("a, button, input, label, select")) open(row);
                })}
              >
                {columns.map((column) => <td key={column.id} class={cellClass(column)}>{column.cell(row)}</td>)}
              </tr>
            );
          })}
          {last < sorted.length && (
            <tr class="gap" aria-hidden="true"><td colSpan={columns.length} style={{ height: `${(sorted.length - last) * rowPx}px` }} /></tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

function cellClass<T>(column: ColumnOf<T>): string {
  return `${column.numeric ? "num " : ""}${column.keep ? "keep " : ""}${column.class ?? ""}`.trim();
}

/** The range of rows in sight of the scrolled box. */
function useVisible(box: { current: HTMLDivElement | null }, count: number, rowPx: number, windowed: boolean): [number, number] {
  const [range, setRange] = useState<[number, number]>([0, kWindowFrom]);
  useLayoutEffect(() => {
    if (!windowed || !box.current) return;
    const element = box.current;
    const look = () => {
      const from = Math.max(0, Math.floor(element.scrollTop / rowPx) - kMargin);
      const to = Math.min(count, Math.ceil((element.scrollTop + element.clientHeight) / rowPx) + kMargin);
      setRange((old) => (old[0] === from && old[1] === to ? old : [from, to]));
    };
    look();
    element.addEventListener("scroll", look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", look);
      observer.disconnect();
    };
  }, [count, rowPx, windowed]);
  return windowed ? [Math.min(range[0], count), Math.min(range[1], count)] : [0, count];
}

/** j and k move the focus from row to row, to the link or button in the row's first cell. */
function useMoves(box: { current: HTMLDivElement | null }, count: number, rowPx: number): void {
  useEffect(() => {
    const focusRow = (index: number) => {
      const row = box.current?.querySelector<HTMLElement>(`tr[data-index="${index}"]`);
      const target = row?.querySelector<HTMLElement>("a, button");
      target?.focus({ preventScroll: true });
      row?.scrollIntoView({ block: "nearest" });
      return target !== undefined && target !== null;
    };
    const move = (by: number) => {
      const at = document.activeElement?.closest<HTMLElement>("tr[data-index]");
      const from = at && box.current?.contains(at) ? Number(at.dataset.index) : by > 0 ? -1 : count;
      const to = Math.min(count - 1, Math.max(0, from + by));
      if (count === 0 || focusRow(to) || !box.current) return;
      box.current.scrollTop = to * rowPx;
      requestAnimationFrame(() => requestAnimationFrame(() => focusRow(to)));
    };
    return bind(
      { keys: "j", says: "Next row", group: "Lists", run: () => move(1) },
      { keys: "k", says: "Previous row", group: "Lists", run: () => move(-1) },
      { keys: "G", says: "Last row", group: "Lists", run: () => move(count) },
    );
  }, [count, rowPx]);
}
