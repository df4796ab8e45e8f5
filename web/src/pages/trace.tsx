// The life of one row: each change of it, hop by hop from the database's log to
// the answer of ClickHouse.
import { useEffect, useState } from "preact/hooks";
import { query as queryOf } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { Hop, Trace } from "../api/types.ts";
import { millis } from "../lib/format.ts";
import { isNull, pairs } from "../lib/node.ts";
import { useQuery } from "../lib/query.ts";
import { Button, Empty, Field, Time } from "../ui/basic.tsx";
import { Icon } from "../ui/icon.tsx";
import { Scalar } from "../ui/node_view.tsx";
import { Card, Loaded, Page } from "../ui/page.tsx";
import { Op } from "../ui/op.tsx";
import { tableNames } from "./table_actions.tsx";

const kHops: Record<Hop["hop"], string> = {
  committed: "Committed in the database", read: "Read from its log", produced: "Handed to Kafka", acked: "Acknowledged by Kafka",
  inserted: "Inserted into ClickHouse", visible: "Seen by a query",
};

/** The latest hop that was reached, and how long all of it took. */
export function totalMs(hops: readonly Hop[]): number | null {
  const times = hops.map((hop) => (hop.at ? Date.parse(hop.at) : NaN)).filter(Number.isFinite);
  return times.length < 2 ? null : Math.max(...times) - Math.min(...times);
}

export default function TracePage() {
  const [query] = useQuery();
  const asked = query.gtid || query.at || (query.table && query.pk);
  return (
    <Page crumbs={[{ text: "Trace" }]}>
      <div class="page-head"><h1>Trace a row</h1></div>
      <p class="lead">From the transaction in the database to the row in ClickHouse, with the time of each hop. The newest 50 changes are kept in sight.</p>
      <Form />
      {asked ? <Result query={queryOf({ table: query.table, pk: query.pk, gtid: query.gtid, at: query.at })} />
        : <Empty icon="trace" title="Name a row">By its table and key, by the GTID of a transaction, or by a message's place. Every record of a topic also has a Trace button.</Empty>}
    </Page>
  );
}

type By = "pk" | "gtid" | "at";

function Form() {
  const [query, setQuery] = useQuery();
  const [by, setBy] = useState<By>(query.gtid ? "gtid" : query.at ? "at" : "pk");
  const [names, setNames] = useState<string[]>([]);
  const [form, setForm] = useState({ table: query.table ?? "", pk: query.pk ?? "", gtid: query.gtid ?? "", at: query.at ?? "" });
  useEffect(() => {
    tableNames().then((list) => {
      setNames(list);
      setForm((old) => ({ ...old, table: old.table || (list[0] ?? "") }));
    }).catch(() => setNames([])); // the field takes a name by hand then
  }, []);
  const set = (name: keyof typeof form) => (event: { currentTarget: { value: string } }) => setForm({ ...form, [name]: event.currentTarget.value });
  return (
    <form class="bar end" onSubmit={(event) => {
      event.preventDefault();
      setQuery({ table: by === "pk" ? form.table : null, pk: by === "pk" ? form.pk : null, gtid: by === "gtid" ? form.gtid : null, at: by === "at" ? form.at : null }, "push");
    }}>
      <Field label="By">
        <select value={by} onChange={(e) => setBy(e.currentTarget.value as By)}>
          <option value="pk">Table and key</option><option value="gtid">GTID</option><option value="at">Topic, partition, offset</option>
        </select>
      </Field>
      {by === "pk" && (
        <>
          <Field label="Table">
            {names.length ? <select value={form.table} onChange={set("table")}>{names.map((n) => <option key={n}>{n}</option>)}</select> : <input required value={form.table} onInput={set("table")} placeholder="shop.orders" />}
          </Field>
          <Field label="Key"><input required value={form.pk} onInput={set("pk")} placeholder="42, or 42,7 for two columns" autofocus /></Field>
        </>
      )}
      {by === "gtid" && <Field label="GTID"><input required class="mono" value={form.gtid} onInput={set("gtid")} placeholder="0-1-9931204" /></Field>}
      {by === "at" && <Field label="Message"><input required class="mono" value={form.at} onInput={set("at")} placeholder="demo.shop.orders/1/160388" /></Field>}
      <Button type="submit" kind="primary" icon="trace">Trace</Button>
    </form>
  );
}

function Result({ query }: { query: string }) {
  const trace = useResource<Trace>(`/trace${query}`);
  return (
    <Loaded from={trace} what="Following the row">{(data) => (
      <>
        <div class={`banner ${data.equal === null ? "" : data.equal ? "ok" : "warn"}`}>
          <Icon name={data.equal === null ? "info" : data.equal ? "check" : "warn"} />
          <div>
            <b>{data.table}</b> {data.pk}: {data.equal === null ? "the rows could not be compared." : data.equal ? "the row in ClickHouse equals the row in the database." : "the two sides differ."}
            {data.note && <p class="soft">{data.note}</p>}
          </div>
          <Button small icon="reload" onClick={trace.reload}>Again</Button>
        </div>
        {data.changes.length === 0 && <Empty icon="clock" title="No change of this row is in Kafka">It may be older than what the topic keeps. The rows of both sides are below.</Empty>}
        {data.changes.map((change, i) => <Change key={change.version + i} change={change} />)}
        <Sides data={data} />
      </>
    )}</Loaded>
  );
}

function Change({ change }: { change: Trace["changes"][number] }) {
  const total = totalMs(change.hops);
  const slowest = Math.max(...change.hops.map((hop) => hop.since_ms ?? 0));
  return (
    <Card title={<span class="row"><Op op={change.op} /><span class="faint">{change.table} {change.pk}</span>{total !== null && <span>{millis(total)} in all</span>}</span>} tools={<span class="faint mono cut">{change.gtid}</span>}>
      <ol class="hops">
        {change.hops.map((hop) => (
          <li key={hop.hop} class={hop.reached ? (hop.since_ms === slowest && slowest > 0 ? "slow" : "") : "missing"}>
            <span class="hop-name">{kHops[hop.hop] ?? hop.hop}</span>
            <span class="hop-ms num">{hop.reached ? (hop.since_ms === null ? "" : `${hop.since_ms < 0 ? "−" : "+"}${millis(Math.abs(hop.since_ms))}`) : "not yet"}</span>
            <span class="hop-bar" aria-hidden="true"><span style={{ width: `${slowest > 0 ? (Math.max(0, hop.since_ms ?? 0) / slowest) * 100 : 0}%` }} /></span>
            <span class="hop-place mono cut" title={hop.place}>{hop.place}</span>
            <span class="hop-at faint"><Time at={hop.at} /></span>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Sides({ data }: { data: Trace }) {
  if (isNull(data.source_row) && isNull(data.target_row)) return <Empty icon="table" title="Neither side has the row now">It was deleted, or never was.</Empty>;
  const rows = pairs(isNull(data.source_row) ? null : data.source_row, isNull(data.target_row) ? null : data.target_row);
  return (
    <Card title="The row now" body={false}>
      <div class="change-box">
        <table class="change">
          <thead><tr><th scope="col">Column</th><th scope="col">In the database</th><th scope="col">In ClickHouse</th></tr></thead>
          <tbody>{rows.map((row) => (
            <tr key={row.name} class={row.changed ? "changed" : ""}>
              <th scope="row">{row.name}</th>
              <td class={row.changed ? "old" : ""}>{row.before ? <Scalar node={row.before} /> : <span class="faint">no row</span>}</td>
              <td class={row.changed ? "new" : ""}>{row.after ? <Scalar node={row.after} /> : <span class="faint">no row</span>}</td>
            </tr>
          ))}</tbody>
        </table>
      </div>
    </Card>
  );
}
