// Consumer groups: how far behind each is, in seconds and in records.
import { useEffect, useRef } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { path } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { Group, Page as PageOf } from "../api/types.ts";
import { compact, duration, exact, grouped } from "../lib/format.ts";
import { useQuery } from "../lib/query.ts";
import { Empty, State } from "../ui/basic.tsx";
import { Spark } from "../ui/chart.tsx";
import { ClusterPicker } from "../ui/cluster_picker.tsx";
import { DataTable, type ColumnOf } from "../ui/data_table.tsx";
import { filtered, ListTools } from "../ui/list_tools.tsx";
import { Loaded, Page } from "../ui/page.tsx";

const kSamples = 60;

/** What a growing or shrinking lag means in words. */
export function trendText(lag: string | number | null, perSecond: number | null): string {
  if (perSecond === null || Math.abs(perSecond) < 0.05) return "steady";
  if (perSecond > 0) return `+${compact(perSecond)}/s`;
  const left = Number(exact(lag)) / -perSecond;
  return `level in ${duration(left)}`;
}

export function Trend({ lag, perSecond }: { lag: string | number | null; perSecond: number | null }) {
  return <span class={perSecond !== null && perSecond > 0.05 ? "warn-text" : "faint"}>{trendText(lag, perSecond)}</span>;
}

/** The last lags of each group since the page was opened. */
function useHistory(items: readonly Group[], at: number): ReadonlyMap<string, number[]> {
  const history = useRef(new Map<string, number[]>());
  useEffect(() => {
    for (const group of items) {
      const list = history.current.get(group.group) ?? [];
      list.push(Number(exact(group.lag)));
      history.current.set(group.group, list.slice(-kSamples));
    }
  }, [at]);
  return history.current;
}

export default function Groups() {
  const { route } = useLocation();
  const cluster = useRoute().params.cluster ?? "local";
  const k = `/k/${encodeURIComponent(cluster)}`;
  const [query] = useQuery();
  const groups = useResource<PageOf<Group>>(`/clusters${path(cluster)}/groups?ages=true`, { every: 3 });
  const all = groups.data?.items ?? [];
  const history = useHistory(all, groups.at);
  const topics = (g: Group) => (Array.isArray(g.topics) ? g.topics.length : g.topics);
  const shown = filtered(all, query.q, (g) => [g.group, ...(Array.isArray(g.topics) ? g.topics : [])]);
  const columns: readonly ColumnOf<Group>[] = [
    { id: "group", head: "Group", keep: true, value: (g) => g.group, cell: (g) => <a href={`${k}/groups${path(g.group)}`}>{g.group}</a> },
    { id: "state", head: "State", value: (g) => g.state, cell: (g) => <State state={g.state} /> },
    { id: "lag_s", head: "Behind", title: "Age of the oldest record that is not read yet", keep: true, numeric: true, value: (g) => g.lag_s, cell: (g) => <span class={(g.lag_s ?? 0) > 30 ? "warn-text" : ""}>{duration(g.lag_s)}</span> },
    { id: "lag", head: "Records", keep: true, numeric: true, value: (g) => String(g.lag ?? ""), cell: (g) => grouped(g.lag) },
    { id: "trend", head: "Trend", value: (g) => g.trend_per_s, cell: (g) => <Trend lag={g.lag} perSecond={g.trend_per_s} /> },
    { id: "spark", head: "Lately", cell: (g) => <Spark values={history.get(g.group) ?? []} label={`Lag of ${g.group} since this page was opened`} /> },
    { id: "members", head: "Members", numeric: true, value: (g) => g.members, cell: (g) => g.members },
    { id: "topics", head: "Topics", numeric: true, value: topics, cell: topics },
    { id: "protocol", head: "Assignment", value: (g) => g.protocol, cell: (g) => g.protocol || <span class="faint">–</span> },
  ];
  return (
    <Page crumbs={[{ text: "Groups" }]} fill>
      <div class="page-head"><h1>Consumer groups</h1><ClusterPicker current={cluster} page="groups" /></div>
      <ListTools name="groups" rows={shown} columns={columns} placeholder="Filter by group or topic" />
      <Loaded from={groups} what="Asking the brokers">{() => (
        <DataTable label="Groups" fill rows={shown} columns={columns} keyOf={(g) => g.group} sorted="-lag_s" open={(g) => route(`${k}/groups${path(g.group)}`)}
          empty={all.length ? <Empty icon="filter" title="No group fits the filter" /> : <Empty icon="group" title="No consumer group">A group appears once a consumer joins it or commits an offset.</Empty>} />
      )}</Loaded>
    </Page>
  );
}
