// One topic: its messages first, then partitions, settings and who uses it.
import { useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { may, path } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { RecordDetail, TopicDetail } from "../api/types.ts";
import { bytes, exact, grouped } from "../lib/format.ts";
import { useQuery } from "../lib/query.ts";
import { Button, Empty, Pill } from "../ui/basic.tsx";
import { DataTable, type ColumnOf } from "../ui/data_table.tsx";
import { Card, Loaded, Page, Tabs } from "../ui/page.tsx";
import { Messages } from "./messages.tsx";
import { ProduceDialog } from "./produce.tsx";
import { Star } from "./tables.tsx";

const kTabs = [
  { id: "messages", text: "Messages" }, { id: "partitions", text: "Partitions" }, { id: "settings", text: "Settings" }, { id: "used", text: "Used by" },
];

export default function TopicPage() {
  const { params } = useRoute();
  const cluster = params.cluster ?? "local", name = params.topic ?? "";
  const [query] = useQuery();
  const topic = useResource<TopicDetail>(`/clusters${path(cluster)}/topics${path(name)}`, { every: 10 });
  const tab = query.tab ?? "messages";
  const [producing, setProducing] = useState<boolean | RecordDetail>(false);
  return (
    <Page crumbs={[{ text: "Topics", to: `/k/${encodeURIComponent(cluster)}/topics` }, { text: name }]} fill={tab === "messages"}>
      <div class="page-head">
        <Star name={name} /><h1>{name}</h1>
        {topic.data && (
          <span class="faint">{grouped(topic.data.records)} records · {bytes(topic.data.bytes)} · {topic.data.partitions} partition{topic.data.partitions === 1 ? "" : "s"}</span>
        )}
        <span class="spring" />
        {topic.data && may("operator") && <Button small icon="plus" onClick={() => setProducing(true)}>Produce</Button>}
        {topic.data?.table && <a class="btn small" href={`/tables${path(topic.data.table)}`}>{topic.data.table}</a>}
      </div>
      {topic.data && producing && (
        <ProduceDialog cluster={cluster} topic={name} subjects={topic.data.subjects} partitions={topic.data.partitions} own={topic.data.table} again={producing === true ? null : producing} onClose={() => setProducing(false)} />
      )}
      <Tabs tabs={kTabs} label="Parts of the topic" />
      {tab === "messages"
        ? <Messages cluster={cluster} topic={name} partitions={topic.data?.partitions ?? 0} again={topic.data && may("operator") ? setProducing : null} />
        : <Loaded from={topic}>{(data) => <Part data={data} tab={tab} cluster={cluster} />}</Loaded>}
    </Page>
  );
}

type Offsets = TopicDetail["offsets"][number];
const kOffsets: readonly ColumnOf<Offsets>[] = [
  { id: "partition", head: "Partition", numeric: true, keep: true, value: (o) => o.partition, cell: (o) => o.partition },
  { id: "begin", head: "First offset", numeric: true, value: (o) => String(o.begin), cell: (o) => grouped(o.begin) },
  { id: "end", head: "End", numeric: true, keep: true, value: (o) => String(o.end), cell: (o) => grouped(o.end) },
  { id: "records", head: "Offsets between", numeric: true, keep: true, value: (o) => String(exact(o.end) - exact(o.begin)), cell: (o) => grouped(exact(o.end) - exact(o.begin)) },
  { id: "leader", head: "Leader", numeric: true, value: (o) => o.leader, cell: (o) => (o.leader < 0 ? <span class="bad-text">none</span> : o.leader) },
  { id: "replicas", head: "Replicas", value: (o) => o.replicas.join(" "), cell: (o) => o.replicas.join(", ") },
  { id: "isr", head: "In sync", value: (o) => o.isr.join(" "), cell: (o) => <span class={o.isr.length < o.replicas.length ? "bad-text" : ""}>{o.isr.join(", ")}</span> },
];

type Setting = TopicDetail["settings"][number];
const kSettings: readonly ColumnOf<Setting>[] = [
  { id: "name", head: "Setting", keep: true, class: "mono", value: (s) => s.name, cell: (s) => s.name },
  { id: "value", head: "Value", keep: true, class: "mono wrap", value: (s) => s.value, cell: (s) => s.value },
  { id: "default", head: "", keep: true, value: (s) => (s.default ? "default" : "set here"), cell: (s) => (s.default ? <span class="faint">default</span> : <Pill state="info" text="set here" />) },
];

function Part({ data, tab, cluster }: { data: TopicDetail; tab: string; cluster: string }) {
  if (tab === "partitions") return <DataTable label="Partitions" rows={data.offsets} columns={kOffsets} keyOf={(o) => String(o.partition)} />;
  if (tab === "settings") return <DataTable label="Settings" rows={data.settings} columns={kSettings} keyOf={(s) => s.name} />;
  const groups = data.groups.map((g) => (typeof g === "string" ? g : g.group));
  const k = `/k/${encodeURIComponent(cluster)}`;
  return (
    <div class="cols">
      <Card title="Consumer groups">
        {groups.length ? <ul class="links">{groups.map((g) => <li key={g}><a href={`${k}/groups${path(g)}`}>{g}</a></li>)}</ul> : <Empty icon="group" title="No group has read it">A group appears here once it commits an offset.</Empty>}
      </Card>
      <Card title="Schemas">
        {data.subjects.length ? <ul class="links">{data.subjects.map((s) => <li key={s}><a href={`${k}/schemas${path(s)}`}>{s}</a></li>)}</ul> : <Empty icon="schema" title="No subject is named for it">Subjects are looked for as <code>{data.name}-key</code> and <code>{data.name}-value</code>.</Empty>}
      </Card>
    </div>
  );
}
