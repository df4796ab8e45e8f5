// One table: where it stands, how its columns map, what was made for it, what happened to it.
import { useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { path } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { Column, TableDetail } from "../api/types.ts";
import { duration, exact, grouped } from "../lib/format.ts";
import { useQuery } from "../lib/query.ts";
import { Ago, Code, Copy, Empty, Fact, Facts, Pill, State, Time } from "../ui/basic.tsx";
import { DataTable, type ColumnOf } from "../ui/data_table.tsx";
import { Icon } from "../ui/icon.tsx";
import { Card, Loaded, Page, Tabs } from "../ui/page.tsx";
import { kChangeColumns } from "./ddl_log.tsx";
import { ActionDialog, TableButtons, type Action } from "./table_actions.tsx";
import { LoadMeter, Star } from "./tables.tsx";

const kTabs = [
  { id: "state", text: "State" }, { id: "columns", text: "Columns" }, { id: "objects", text: "ClickHouse objects" },
  { id: "changes", text: "Schema changes" }, { id: "errors", text: "Errors" },
];

export default function TablePage() {
  const { params } = useRoute();
  const [query] = useQuery();
  const name = params.table ?? "";
  const table = useResource<TableDetail>(`/tables${path(name)}`, { every: 2 });
  const [action, setAction] = useState<Action | null>(null);
  return (
    <Page crumbs={[{ text: "Tables", to: "/tables" }, { text: name }]}>
      <Loaded from={table} what={`Asking about ${name}`}>{(data) => (
        <>
          <div class="page-head">
            <Star name={name} /><h1>{name}</h1><Pill state={data.state} /><LoadMeter load={data.load} /><span class="spring" />
            <TableButtons table={data} choose={setAction} />
          </div>
          <Notes data={data} />
          <Tabs tabs={kTabs} label="Parts of the table" />
          <Part data={data} tab={query.tab ?? "state"} />
          {action && <ActionDialog table={data} action={action} onClose={() => setAction(null)} done={table.reload} />}
        </>
      )}</Loaded>
    </Page>
  );
}

function Notes({ data }: { data: TableDetail }) {
  return (
    <>
      {data.paused && (
        <div class="banner"><Icon name="pause" /><div>Paused by <b>{data.paused.by}</b> <Ago at={data.paused.since} />{data.paused.reason && <>: {data.paused.reason}</>}</div></div>
      )}
      {data.note && !data.paused && (
        <div class={`banner ${data.state === "failed" ? "bad" : "warn"}`}><Icon name="warn" /><div>{data.note} <Code code={data.code} /></div></div>
      )}
    </>
  );
}

function Part({ data, tab }: { data: TableDetail; tab: string }) {
  if (tab === "columns") return <Columns data={data} />;
  if (tab === "objects") return <Objects data={data} />;
  if (tab === "changes") {
    return <DataTable label="Schema changes" rows={data.ddl} columns={kChangeColumns} keyOf={(c) => c.position + c.sql} empty={<Empty icon="ddl" title="No schema change yet">An ALTER, RENAME or TRUNCATE of this table is listed here with what was done about it.</Empty>} />;
  }
  if (tab === "errors") return <Errors data={data} />;
  return <Standing data={data} />;
}

function Standing({ data }: { data: TableDetail }) {
  const dead = exact(data.dead_letters);
  return (
    <div class="cols">
      <Card title="Rows">
        <Facts>
          <Fact name="In the database, estimated">{data.source_rows === null ? "–" : `≈ ${grouped(data.source_rows)}`}</Fact>
          <Fact name="In ClickHouse, with replaced ones">{grouped(data.target_rows)}</Fact>
          <Fact name="Compared">{data.verified ? <><Ago at={data.verified.at} /> by {data.verified.mode}, {grouped(data.verified.differing)} differ</> : "never"}</Fact>
        </Facts>
      </Card>
      <Card title="Flow">
        <Facts>
          <Fact name="Age of the newest row">{duration(data.fresh_s)}</Fact>
          <Fact name="Records to go">{grouped(data.lag_records)}</Fact>
          <Fact name="Last event"><Ago at={data.last_event_at} /></Fact>
          <Fact name="Dead letters">{dead > 0n ? <a class="bad-text" href={`/dead-letters?table=${encodeURIComponent(data.table)}`}>{grouped(data.dead_letters)}</a> : "none"}</Fact>
        </Facts>
      </Card>
      <Card title="Ways">
        <Facts>
          <Fact name="Messages"><a href={`/k/local/topics${path(data.topic)}`}>{data.topic}</a></Fact>
          <Fact name="In the history">{grouped(data.messages)}</Fact>
          <Fact name="Key">{data.key.length ? <code>{data.key.join(", ")}</code> : "none: rows are counted, not named"}</Fact>
          <Fact name="One row's life"><a href={`/trace?table=${encodeURIComponent(data.table)}`}>Trace a row</a></Fact>
        </Facts>
      </Card>
    </div>
  );
}

const kColumns: readonly ColumnOf<Column>[] = [
  { id: "name", head: "Column", keep: true, value: (c) => c.name, cell: (c) => <span class="row nowrap"><code class="strong">{c.name}</code>{c.key && <span title="Part of the key"><Icon name="key" /></span>}</span> },
  { id: "mysql", head: "Source", keep: true, class: "mono", value: (c) => c.mysql, cell: (c) => c.mysql },
  { id: "avro", head: "Avro", class: "mono", value: (c) => c.avro, cell: (c) => c.avro },
  { id: "clickhouse", head: "ClickHouse", keep: true, class: "mono", value: (c) => c.clickhouse, cell: (c) => c.clickhouse },
  { id: "nullable", head: "NULL", value: (c) => (c.nullable ? "yes" : "no"), cell: (c) => (c.nullable ? "yes" : <span class="faint">no</span>) },
  { id: "note", head: "Note", class: "wrap", value: (c) => c.note, cell: (c) => <>{c.lossy && <Pill state="warn" text="lossy" />} {c.note}</> },
];

function Columns({ data }: { data: TableDetail }) {
  const lossy = data.columns.filter((c) => c.lossy);
  return (
    <>
      {lossy.length > 0 && <div class="banner warn"><Icon name="warn" /><div>{lossy.map((c) => c.name).join(", ")}: not every value of the source fits the type in ClickHouse. The note says which do not.</div></div>}
      <DataTable label="Columns" rows={data.columns} columns={kColumns} keyOf={(c) => c.name} />
    </>
  );
}

function Objects({ data }: { data: TableDetail }) {
  if (data.objects.length === 0) return <Empty icon="table" title="Nothing is made in ClickHouse yet"><code>rowhouse setup</code> makes the objects; <code>rowhouse plan</code> shows them first.</Empty>;
  return (
    <>
      {data.objects.map((object) => (
        <Card key={object.name} title={<><code>{object.name}</code> <span class="faint">{object.kind}</span></>} tools={<Copy text={object.sql} what={object.name} />}>
          <pre>{object.sql}</pre>
        </Card>
      ))}
    </>
  );
}

const kErrors: readonly ColumnOf<TableDetail["errors"][number]>[] = [
  { id: "at", head: "When", keep: true, value: (e) => e.at, cell: (e) => <Time at={e.at} /> },
  { id: "code", head: "Code", keep: true, value: (e) => e.code, cell: (e) => <Code code={e.code} /> },
  { id: "message", head: "What", keep: true, class: "wrap", value: (e) => e.message, cell: (e) => e.message },
];

function Errors({ data }: { data: TableDetail }) {
  return <DataTable label="Errors" rows={data.errors} columns={kErrors} keyOf={(e) => e.at + e.code} empty={<Empty icon="check" title="No error since the start"><State state="ok" text="Nothing has gone wrong with this table." /></Empty>} />;
}
