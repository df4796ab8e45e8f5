// The topics of a cluster.
import { useLocation, useRoute } from "preact-iso";
import { path } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { Page as PageOf, Table, Topic } from "../api/types.ts";
import { bytes, duration, exact, grouped } from "../lib/format.ts";
import { useQuery } from "../lib/query.ts";
import { favourites } from "../lib/store.ts";
import { Chips, Empty } from "../ui/basic.tsx";
import { ClusterPicker } from "../ui/cluster_picker.tsx";
import { DataTable, type ColumnOf } from "../ui/data_table.tsx";
import { filtered, ListTools } from "../ui/list_tools.tsx";
import { Loaded, Page } from "../ui/page.tsx";
import { Star } from "./tables.tsx";

type Listed = Topic & { lag: string | null };

export function retention(ms: string | number | null): string {
  if (ms === null || ms === "") return "–";
  return Number(ms) < 0 ? "for ever" : duration(Number(ms) / 1000);
}

function columnsOf(cluster: string): readonly ColumnOf<Listed>[] {
  return [
    { id: "name", head: "Topic", keep: true, value: (t) => t.name, cell: (t) => <><Star name={t.name} /> <a href={`/k/${encodeURIComponent(cluster)}/topics${path(t.name)}`}>{t.name}</a></> },
    { id: "records", head: "Records", numeric: true, keep: true, value: (t) => String(t.records ?? ""), cell: (t) => grouped(t.records) },
    { id: "bytes", head: "Size", numeric: true, keep: true, value: (t) => String(t.bytes ?? ""), cell: (t) => bytes(t.bytes) },
    { id: "lag", head: "To go", title: "Records that are not in ClickHouse yet", numeric: true, value: (t) => t.lag, cell: (t) => t.lag === null ? <span class="faint">–</span> : <span class={exact(t.lag) > 1000n ? "warn-text" : ""}>{grouped(t.lag)}</span> },
    { id: "partitions", head: "Partitions", numeric: true, value: (t) => t.partitions, cell: (t) => grouped(t.partitions) },
    { id: "replication", head: "Replicas", numeric: true, value: (t) => t.replication, cell: (t) => grouped(t.replication) },
    { id: "table", head: "Table", value: (t) => t.table, cell: (t) => (t.table ? <a href={`/tables${path(t.table)}`}>{t.table}</a> : <span class="faint">{t.internal ? "internal" : "–"}</span>) },
    { id: "cleanup", head: "Cleanup", value: (t) => t.cleanup, cell: (t) => t.cleanup },
    { id: "retention", head: "Kept for", value: (t) => String(t.retention_ms ?? ""), numeric: true, cell: (t) => retention(t.retention_ms) },
  ];
}

export default function Topics() {
  const { route } = useLocation();
  const cluster = useRoute().params.cluster ?? "local";
  const [query, setQuery] = useQuery();
  const topics = useResource<PageOf<Topic>>(`/clusters${path(cluster)}/topics?limit=10000`, { every: 10 });
  const tables = useResource<PageOf<Table>>(cluster === "local" ? "/tables" : null, { every: 10 });
  const lags = new Map((tables.data?.items ?? []).map((t) => [t.topic, t.lag_records]));
  const kind = query.show ?? "data";
  const all: Listed[] = (topics.data?.items ?? []).map((t) => ({ ...t, lag: lags.get(t.name) ?? null }));
  const ofKind = all.filter((t) => kind === "all" || (kind === "internal") === t.internal);
  const starred = query.starred === "1";
  const shown = filtered(ofKind, query.q, (t) => [t.name, t.table]).filter((t) => !starred || favourites.value.includes(t.name));
  const columns = columnsOf(cluster);
  return (
    <Page crumbs={[{ text: "Topics" }]} fill>
      <div class="page-head"><h1>Topics</h1><ClusterPicker current={cluster} page="topics" /></div>
      <ListTools name="topics" rows={shown} columns={columns} placeholder="Filter by name">
        <Chips label="Kind" value={kind} onChange={(show) => setQuery({ show: show === "data" ? null : show })} options={[
          { value: "data", text: "Data", count: all.filter((t) => !t.internal).length }, { value: "internal", text: "Internal", count: all.filter((t) => t.internal).length }, { value: "all", text: "All", count: all.length },
        ]} />
        <Chips label="Favourites" value={starred ? "1" : ""} onChange={() => setQuery({ starred: !starred })} options={[{ value: "1", text: "★ Favourites" }]} />
      </ListTools>
      <Loaded from={topics} what="Asking the brokers">{() => (
        <DataTable label="Topics" fill rows={shown} columns={columns} keyOf={(t) => t.name} sorted="name" open={(t) => route(`/k/${encodeURIComponent(cluster)}/topics${path(t.name)}`)}
          empty={all.length === 0
            ? <Empty icon="topic" title="This cluster has no topic">A topic is made with the first event of a table. See on the overview whether the source is connected.</Empty>
            : <Empty icon="filter" title="No topic fits the filter">{`There are ${all.length} topics, internal ones among them.`}</Empty>} />
      )}</Loaded>
    </Page>
  );
}
