// One consumer group by partition, and moving its offsets.
import { useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { call, may, path, send } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { GroupDetail, ResetLine } from "../api/types.ts";
import { duration, exact, grouped } from "../lib/format.ts";
import { Button, Failure, Field, Fact, Facts, Pill } from "../ui/basic.tsx";
import { DataTable, type ColumnOf } from "../ui/data_table.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icon.tsx";
import { Loaded, Page } from "../ui/page.tsx";
import { trendText } from "./groups.tsx";

type Part = GroupDetail["partitions"][number];

export default function GroupPage() {
  const { params } = useRoute();
  const cluster = params.cluster ?? "local", name = params.group ?? "";
  const k = `/k/${encodeURIComponent(cluster)}`;
  const where = `/clusters${path(cluster)}/groups${path(name)}`;
  const group = useResource<GroupDetail>(where, { every: 2 });
  const [resetting, setResetting] = useState(false);
  const columns: readonly ColumnOf<Part>[] = [
    { id: "topic", head: "Topic", keep: true, value: (p) => p.topic, cell: (p) => <a href={`${k}/topics${path(p.topic)}`}>{p.topic}</a> },
    { id: "partition", head: "Partition", keep: true, numeric: true, value: (p) => p.partition, cell: (p) => p.partition },
    { id: "lag_s", head: "Behind", numeric: true, value: (p) => p.lag_s, cell: (p) => <span class={(p.lag_s ?? 0) > 30 ? "warn-text" : ""}>{duration(p.lag_s)}</span> },
    { id: "lag", head: "Records", keep: true, numeric: true, value: (p) => String(p.lag ?? ""), cell: (p) => grouped(p.lag) },
    { id: "committed", head: "Committed", numeric: true, value: (p) => String(p.committed ?? ""), cell: (p) => grouped(p.committed) },
    { id: "end", head: "End", numeric: true, value: (p) => String(p.end), cell: (p) => grouped(p.end) },
    { id: "member", head: "Member", class: "mono text", value: (p) => p.member, cell: (p) => p.member || <span class="faint">nobody reads it</span> },
    { id: "host", head: "From", class: "mono", value: (p) => p.host, cell: (p) => p.host.replace(/^\//, "") },
  ];
  return (
    <Page crumbs={[{ text: "Groups", to: `${k}/groups` }, { text: name }]} fill>
      <Loaded from={group}>{(data) => (
        <>
          <div class="page-head">
            <h1>{name}</h1><Pill state={data.state} /><span class="spring" />
            {may("operator") && <Button small icon="clock" onClick={() => setResetting(true)}>Move offsets</Button>}
          </div>
          <Facts>
            <Fact name="Behind">{duration(data.lag_s)}</Fact><Fact name="Records to go">{grouped(data.lag)}</Fact>
            <Fact name="Trend">{trendText(data.lag, data.trend_per_s)}</Fact><Fact name="Members">{data.members}</Fact><Fact name="Assignment">{data.protocol || "–"}</Fact>
          </Facts>
          <DataTable label="Partitions" fill rows={data.partitions} columns={columns} keyOf={(p) => `${p.topic}/${p.partition}`} />
          {resetting && <ResetDialog group={data} where={where} onClose={() => setResetting(false)} done={group.reload} />}
        </>
      )}</Loaded>
    </Page>
  );
}

type To = "earliest" | "latest" | "offset" | "time" | "shift";

/** The target of a reset as the API takes it. */
export function targetOf(to: To, value: string): string {
  if (to === "offset") return `offset:${value}`;
  if (to === "time") return `time:${new Date(value).toISOString()}`;
  if (to === "shift") return `shift:${/^[+-]/.test(value) ? value : `+${value}`}`;
  return to;
}

function ResetDialog({ group, where, onClose, done }: { group: GroupDetail; where: string; onClose: () => void; done: () => void }) {
  const topics = [...new Set(group.partitions.map((p) => p.topic))];
  const [topic, setTopic] = useState(topics[0] ?? "");
  const [to, setTo] = useState<To>("earliest");
  const [value, setValue] = useState("");
  const [typed, setTyped] = useState("");
  const [lines, setLines] = useState<ResetLine[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const change = <T,>(set: (v: T) => void) => (v: T) => {
    set(v);
    setLines(null);
  };
  const body = () => ({ topic, to: targetOf(to, value) });
  const look = async () => {
    setError(null);
    try {
      setLines(await call<ResetLine[]>(`${where}/reset`, { method: "POST", body: { ...body(), dry_run: true } }));
    } catch (reason) {
      setError(reason);
    }
  };
  return (
    <FormDialog title={`Move offsets of ${group.group}`} submit="Move" danger wide disabled={!lines || typed !== group.group} onClose={onClose} run={async () => {
      await send("POST", `${where}/reset`, { ...body(), dry_run: false, confirm: group.group });
      done();
      return `${group.group}: offsets moved`;
    }}>
      {group.members > 0 && <div class="banner warn"><Icon name="warn" /><div>The group has {group.members} member{group.members === 1 ? "" : "s"}. Kafka moves offsets only of a group that nobody is in: stop its consumers first.</div></div>}
      <div class="form-row">
        <Field label="Topic"><select value={topic} onChange={(e) => change(setTopic)(e.currentTarget.value)}>{topics.map((t) => <option key={t}>{t}</option>)}</select></Field>
        <Field label="To">
          <select value={to} onChange={(e) => change(setTo)(e.currentTarget.value as To)}>
            <option value="earliest">the beginning</option><option value="latest">the end</option><option value="offset">an offset</option><option value="time">a time</option><option value="shift">so many records on or back</option>
          </select>
        </Field>
        {to === "time" && <Field label="Time"><input type="datetime-local" step="1" required value={value} onInput={(e) => change(setValue)(e.currentTarget.value)} /></Field>}
        {(to === "offset" || to === "shift") && <Field label={to === "offset" ? "Offset" : "Records"}><input required pattern={to === "offset" ? "[0-9]+" : "[+-]?[0-9]+"} placeholder={to === "shift" ? "-1000" : ""} value={value} onInput={(e) => change(setValue)(e.currentTarget.value)} /></Field>}
      </div>
      <div class="row"><Button icon="search" onClick={() => void look()} disabled={(to === "offset" || to === "time" || to === "shift") && !value}>Show the effect</Button><span class="faint">moves nothing yet</span></div>
      {error !== null && <Failure error={error} />}
      {lines && (
        <>
          <div class="change-box">
            <table class="change">
              <thead><tr><th scope="col">Partition</th><th scope="col">From</th><th scope="col">To</th><th scope="col">Records</th></tr></thead>
              <tbody>{lines.map((line) => {
                const by = exact(line.to) - exact(line.from);
                return <tr key={`${line.topic}/${line.partition}`}><th scope="row">{line.partition}</th><td>{grouped(line.from)}</td><td>{grouped(line.to)}</td><td>{by < 0n ? `${grouped(-by)} again` : by > 0n ? <span class="bad-text">{grouped(by)} left out</span> : "–"}</td></tr>;
              })}</tbody>
            </table>
          </div>
          <Field label={`Type ${group.group} to go on`}><input value={typed} autocomplete="off" spellcheck={false} onInput={(e) => setTyped(e.currentTarget.value)} /></Field>
        </>
      )}
    </FormDialog>
  );
}
