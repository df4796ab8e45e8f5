// Copies of ranges from the database straight into ClickHouse, running and done.
import { useEffect, useState } from "preact/hooks";
import { get, may, path, send } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { Backfill, Page as PageOf, Table } from "../api/types.ts";
import { duration, exact, grouped } from "../lib/format.ts";
import { useQuery } from "../lib/query.ts";
import { Button, Empty, State, Time } from "../ui/basic.tsx";
import { DataTable, type ColumnOf } from "../ui/data_table.tsx";
import { act } from "../ui/dialog.tsx";
import { filtered, ListTools } from "../ui/list_tools.tsx";
import { Loaded, Page } from "../ui/page.tsx";
import { ActionDialog } from "./table_actions.tsx";

/** Chooses a table for a new comparison or backfill. */
export function TableChooser({ action, done }: { action: "verify" | "backfill"; done: () => void }) {
  const label = action === "verify" ? "Verify" : "Backfill";
  const [tables, setTables] = useState<Table[]>([]);
  const [chosen, setChosen] = useState<Table | null>(null);
  useEffect(() => {
    get<PageOf<Table>>("/tables").then((page) => setTables(page.items)).catch(() => setTables([])); // no choice without the list; the list page says why
  }, []);
  if (!may("operator") || tables.length === 0) return null;
  return (
    <>
      <select aria-label={label} value="" onChange={(e) => setChosen(tables.find((t) => t.table === e.currentTarget.value) ?? null)}>
        <option value="">{label} …</option>
        {tables.map((t) => <option key={t.table}>{t.table}</option>)}
      </select>
      {chosen && <ActionDialog table={chosen} action={action} onClose={() => setChosen(null)} done={done} />}
    </>
  );
}

const count = (id: keyof Backfill & string, head: string, title: string): ColumnOf<Backfill> =>
  ({ id, head, title, numeric: true, value: (b) => String(b[id] ?? ""), cell: (b) => grouped(b[id] as string) });

const kOpen = new Set(["running", "waiting"]);
const kResumable = new Set(["failed", "stopped", "broken off"]);

/** What the process tells of its own each second, over the list that it has of all. */
function mended(old: PageOf<Backfill> | null, event: unknown): PageOf<Backfill> {
  const own = new Map((event as Backfill[]).map((b) => [b.id, b]));
  const known = (old?.items ?? []).map((b) => own.get(b.id) ?? b);
  const added = [...own.values()].filter((b) => !known.some((k) => k.id === b.id));
  return { next: null, total: 0, ...old, items: [...added, ...known] };
}

export default function Backfills() {
  const [query] = useQuery();
  const backfills = useResource<PageOf<Backfill>>("/backfills", { every: 5, live: "/backfills/live", event: "backfills" }, mended);
  const shown = filtered(backfills.data?.items ?? [], query.q, (b) => [b.table, b.mode, b.state]);
  const resume = (id: string) => () => void act(() => send("POST", `/backfills${path(id)}/resume`, {}), `Backfill ${id}: goes on`).then(backfills.reload);
  const cancel = (id: string) => () => void act(() => send("POST", `/backfills${path(id)}/cancel`, {}), `Backfill ${id}: cancelled`).then(backfills.reload);
  const columns: readonly ColumnOf<Backfill>[] = [
    { id: "table", head: "Table", keep: true, value: (b) => b.table, cell: (b) => <a href={`/tables${path(b.table)}`}>{b.table}</a> },
    { id: "mode", head: "Rows", value: (b) => b.mode, cell: (b) => b.mode },
    { id: "range", head: "Range", class: "mono", value: (b) => `${b.from ?? ""}..${b.to ?? ""}`, cell: (b) => <span title={b.where}>{b.from || b.to ? `${b.from ?? "first"} … ${b.to ?? "last"}` : b.where && b.where !== "(1\n)" ? b.where : <span class="faint">all</span>}</span> },
    {
      id: "state", head: "State", keep: true, value: (b) => b.state, cell: (b) => (
        <span class="row nowrap" title={b.error || (b.waiting ?? "")}><State state={b.state} />{b.percent !== null && b.state === "running" && <><span class="meter"><span style={{ width: `${b.percent}%` }} /></span><span class="faint">{Math.round(b.percent)} % {b.eta_s !== null && `· ${duration(b.eta_s)} left`}</span></>}</span>
      ),
    },
    count("read", "Read", "Rows read from the database"), count("present", "Present", "Rows that ClickHouse had"), count("inserted", "Inserted", "Rows that it lacked"), count("changed", "Changed", "Rows that it had otherwise"),
    { ...count("failed", "Failed", "Rows that could not be placed"), cell: (b) => <span class={exact(b.failed) > 0n ? "bad-text" : ""}>{grouped(b.failed)}</span> },
    { id: "started", head: "Started", value: (b) => b.started_at, cell: (b) => <Time at={b.started_at} short /> },
    {
      id: "act", head: "", keep: true, cell: (b) => may("operator") && (
        <span class="row nowrap">
          {kOpen.has(b.state) && <Button small icon="stop" onClick={cancel(b.id)}>Cancel</Button>}
          {kResumable.has(b.state) && <Button small icon="reload" onClick={resume(b.id)}>Resume</Button>}
        </span>
      ),
    },
  ];
  return (
    <Page crumbs={[{ text: "Backfills" }]} fill>
      <div class="page-head"><h1>Backfills</h1><span class="spring" /><TableChooser action="backfill" done={backfills.reload} /></div>
      <p class="lead">Rows of a range, read from the database and written straight into ClickHouse while the stream goes on. A newer change of the same row always wins.</p>
      <ListTools name="backfills" rows={shown} columns={columns} placeholder="Filter by table or state" />
      <Loaded from={backfills}>{() => (
        <DataTable label="Backfills" fill rows={shown} columns={columns} keyOf={(b) => b.id} sorted="-started" empty={<Empty icon="backfill" title="No backfill yet">Choose a table above, or on the command line: <code>rowhouse backfill shop.orders --from 2026-01-01 --dry-run</code></Empty>} />
      )}</Loaded>
    </Page>
  );
}
