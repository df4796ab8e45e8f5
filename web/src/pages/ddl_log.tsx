// What the source's statements changed, and what was done about each.
import { path } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { Page as PageOf, SchemaChange } from "../api/types.ts";
import { useQuery } from "../lib/query.ts";
import { Empty, Pill, Time } from "../ui/basic.tsx";
import { DataTable, type ColumnOf } from "../ui/data_table.tsx";
import { filtered, ListTools } from "../ui/list_tools.tsx";
import { Loaded, Page } from "../ui/page.tsx";

export const kChangeColumns: readonly ColumnOf<SchemaChange>[] = [
  { id: "at", head: "When", keep: true, value: (c) => c.at, cell: (c) => <Time at={c.at} short /> },
  { id: "outcome", head: "Outcome", keep: true, value: (c) => c.outcome, cell: (c) => <Pill state={c.outcome} /> },
  { id: "sql", head: "Statement", keep: true, class: "wrap", value: (c) => c.sql, cell: (c) => <code>{c.sql}</code> },
  {
    id: "steps", head: "What was done", class: "wrap", value: (c) => c.steps.join("; "),
    cell: (c) => <>{c.steps.length > 0 && <ul class="steps">{c.steps.map((step) => <li key={step}>{step}</li>)}</ul>}{c.note && <span class="faint">{c.note}</span>}</>,
  },
  { id: "position", head: "Position", class: "mono faint", value: (c) => c.position, cell: (c) => c.position },
];

const kColumns: readonly ColumnOf<SchemaChange>[] = [
  kChangeColumns[0]!,
  { id: "table", head: "Table", keep: true, value: (c) => c.table, cell: (c) => <a href={`/tables${path(c.table)}`}>{c.table}</a> },
  ...kChangeColumns.slice(1),
];

export default function DdlLog() {
  const [query] = useQuery();
  const changes = useResource<PageOf<SchemaChange>>("/schema-changes", { every: 10 });
  const shown = filtered(changes.data?.items ?? [], query.q, (c) => [c.table, c.sql, c.outcome]);
  return (
    <Page crumbs={[{ text: "Schema changes" }]} fill>
      <div class="page-head"><h1>Schema changes</h1></div>
      <p class="lead">Every statement of the source's log that could change a table, and what followed in the registry and in ClickHouse.</p>
      <ListTools name="schema-changes" rows={shown} columns={kColumns} placeholder="Filter by table or statement" />
      <Loaded from={changes}>{() => (
        <DataTable label="Schema changes" fill rows={shown} columns={kColumns} keyOf={(c) => c.position + c.table + c.sql}
          empty={<Empty icon="ddl" title="No schema change since the start">An ALTER, RENAME, DROP or TRUNCATE in the source appears here within a second, with what was done about it.</Empty>} />
      )}</Loaded>
    </Page>
  );
}
