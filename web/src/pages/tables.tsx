// All tables: what state each is in, how far, and what can be done.
import { useMemo, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { may, path } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { Page as PageOf, Table } from "../api/types.ts";
import { compact, duration, exact, grouped } from "../lib/format.ts";
import { useQuery } from "../lib/query.ts";
import { favourites, toggleFavourite } from "../lib/store.ts";
import { Ago, Chips, Code, Empty, State } from "../ui/basic.tsx";
import { DataTable, type ColumnOf } from "../ui/data_table.tsx";
import { Icon } from "../ui/icon.tsx";
import { filtered, ListTools } from "../ui/list_tools.tsx";
import { Loaded, Page } from "../ui/page.tsx";
import { ActionDialog, PauseButton, type Action } from "./table_actions.tsx";

/** Takes changed items into a list of them. */
export function mendTables(old: PageOf<Table> | null, event: unknown): PageOf<Table> {
  const changed = (Array.isArray(event) ? event : ((event as PageOf<Table>).items ?? [])) as Table[];
  const byName = new Map(changed.map((table) => [table.table, table]));
  const items = (old?.items ?? []).map((table) => byName.get(table.table) ?? table);
  const known = new Set(items.map((table) => table.table));
  return { ...old, items: [...items, ...changed.filter((table) => !known.has(table.table))] };
}

export function Star({ name }: { name: string }) {
  const on = favourites.value.includes(name);
  return (
    <button type="button" class={`copy ${on ? "starred" : "star"}`} aria-pressed={on} aria-label={`Favourite ${name}`} onClick={() => toggleFavourite(name)}>
      <Icon name="star" fill={on} />
    </button>
  );
}

export function LoadMeter({ load }: { load: Table["load"] }) {
  if (!load) return null;
  return (
    <span class="row nowrap" title={`${grouped(load.rows)} of about ${grouped(load.estimated_rows)} rows, ${compact(load.rows_per_s)} rows/s`}>
      <span class="meter" role="progressbar" aria-valuenow={Math.round(load.percent)} aria-valuemin={0} aria-valuemax={100} aria-label="First load"><span style={{ width: `${Math.min(100, load.percent)}%` }} /></span>
      <span class="faint">{Math.round(load.percent)} %{load.eta_s !== null && ` · ${duration(load.eta_s)} left`}</span>
    </span>
  );
}

/** What is wrong with a table, or who holds it back. */
export function noteOf(table: Table): string {
  if (table.note || !table.paused) return table.note;
  return `by ${table.paused.by}${table.paused.reason && `: ${table.paused.reason}`}`;
}

const kColumns: readonly ColumnOf<Table>[] = [
  { id: "table", head: "Table", keep: true, value: (t) => t.table, cell: (t) => <><Star name={t.table} /> <a href={`/tables${path(t.table)}`}>{t.table}</a></> },
  { id: "state", head: "State", keep: true, value: (t) => t.state, cell: (t) => t.load ? <span class="row nowrap"><State state={t.state} /><LoadMeter load={t.load} /></span> : <State state={t.state} /> },
  { id: "source", head: "Source rows", title: "As the database estimates them", numeric: true, value: (t) => t.source_rows, cell: (t) => t.source_rows === null ? grouped(null) : `≈ ${grouped(t.source_rows)}` },
  { id: "target", head: "ClickHouse rows", title: "With replaced ones that are not merged away yet", numeric: true, value: (t) => t.target_rows, cell: (t) => grouped(t.target_rows) },
  { id: "messages", head: "Messages", numeric: true, value: (t) => t.messages, cell: (t) => grouped(t.messages) },
  { id: "lag", head: "To go", title: "Records in Kafka that are not in ClickHouse yet", numeric: true, keep: true, value: (t) => t.lag_records, cell: (t) => <span class={exact(t.lag_records) > 1000n ? "warn-text" : ""}>{grouped(t.lag_records)}</span> },
  { id: "fresh", head: "Fresh", title: "Age of the newest row", numeric: true, value: (t) => t.fresh_s, cell: (t) => duration(t.fresh_s) },
  { id: "dead", head: "Dead", title: "Dead letters", numeric: true, class: "plain", value: (t) => String(t.dead_letters), cell: (t) => exact(t.dead_letters) > 0n ? <a class="bad-text" href={`/dead-letters?table=${encodeURIComponent(t.table)}`}>{grouped(t.dead_letters)}</a> : <span class="faint">0</span> },
  { id: "event", head: "Last event", value: (t) => t.last_event_at, cell: (t) => <Ago at={t.last_event_at} /> },
  { id: "note", head: "Note", class: "text", value: noteOf, cell: (t) => <span title={noteOf(t)}><Code code={t.code} /> {noteOf(t)}</span> },
];

interface Chosen {
  table: Table;
  action: Action;
}

const kButtons = (choose: (chosen: Chosen) => void): ColumnOf<Table> => ({
  id: "act", head: "", keep: true,
  cell: (t) => t.state !== "gone" && <PauseButton table={t} choose={(action) => choose({ table: t, action })} />,
});

export default function Tables() {
  const { route } = useLocation();
  const [query, setQuery] = useQuery();
  const tables = useResource<PageOf<Table>>("/tables", { every: 15, live: "/tables/live", event: "tables" }, mendTables);
  const items = tables.data?.items ?? [];
  const named = filtered(items, query.q, (t) => [t.table, t.topic, noteOf(t)]);
  const starred = query.starred === "1";
  const shown = named.filter((t) => (!query.state || t.state === query.state) && (!starred || favourites.value.includes(t.table)));
  const [chosen, choose] = useState<Chosen | null>(null);
  const columns = useMemo(() => may("operator") ? [...kColumns, kButtons(choose)] : kColumns, []);
  const states = [...new Set(items.map((t) => t.state))];
  return (
    <Page crumbs={[{ text: "Tables" }]} fill>
      <div class="page-head"><h1>Tables</h1></div>
      <ListTools name="tables" rows={shown} columns={kColumns} placeholder="Filter by name or note">
        <Chips label="State" value={query.state ?? ""} onChange={(state) => setQuery({ state })} options={[
          { value: "", text: "All", count: items.length }, ...states.map((state) => ({ value: state as string, text: state, count: items.filter((t) => t.state === state).length })),
        ]} />
        <Chips label="Favourites" value={starred ? "1" : ""} onChange={() => setQuery({ starred: !starred })} options={[{ value: "1", text: "★ Favourites" }]} />
      </ListTools>
      <Loaded from={tables}>{() => (
        <DataTable
          label="Tables" fill rows={shown} columns={columns} keyOf={(t) => t.table} sorted="table" open={(t) => route(`/tables${path(t.table)}`)}
          empty={items.length === 0
            ? <Empty icon="table" title="No table is captured">Name the tables to capture in the configuration (option <code>tables</code>), then start rowhouse again. <code>rowhouse plan</code> shows what would be made.</Empty>
            : <Empty icon="filter" title="No table fits the filter">Of {items.length} tables none is named or noted so.</Empty>}
        />
      )}</Loaded>
      {chosen && <ActionDialog {...chosen} onClose={() => choose(null)} done={tables.reload} />}
    </Page>
  );
}
