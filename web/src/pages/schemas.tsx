// The subjects of a cluster's schema registry.
import { useLocation, useRoute } from "preact-iso";
import { path } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { Page as PageOf, Subject } from "../api/types.ts";
import { useQuery } from "../lib/query.ts";
import { Chips, Empty, Pill } from "../ui/basic.tsx";
import { ClusterPicker } from "../ui/cluster_picker.tsx";
import { DataTable, type ColumnOf } from "../ui/data_table.tsx";
import { filtered, ListTools } from "../ui/list_tools.tsx";
import { Loaded, Page } from "../ui/page.tsx";

const versions = (s: Subject) => (Array.isArray(s.versions) ? s.versions.length : s.versions);

export default function Schemas() {
  const { route } = useLocation();
  const cluster = useRoute().params.cluster ?? "local";
  const k = `/k/${encodeURIComponent(cluster)}`;
  const [query, setQuery] = useQuery();
  const subjects = useResource<PageOf<Subject>>(`/clusters${path(cluster)}/subjects`, { every: 15 });
  const all = subjects.data?.items ?? [];
  const deleted = query.deleted === "1";
  const shown = filtered(all, query.q, (s) => [s.subject, String(s.latest_id)]).filter((s) => deleted || !s.deleted);
  const columns: readonly ColumnOf<Subject>[] = [
    { id: "subject", head: "Subject", keep: true, value: (s) => s.subject, cell: (s) => <><a href={`${k}/schemas${path(s.subject)}`}>{s.subject}</a> {s.deleted && <Pill state="deleted" />}</> },
    { id: "versions", head: "Versions", keep: true, numeric: true, value: versions, cell: versions },
    { id: "id", head: "Newest id", keep: true, numeric: true, value: (s) => s.latest_id, cell: (s) => s.latest_id },
    { id: "type", head: "Type", value: (s) => s.type, cell: (s) => s.type },
    { id: "level", head: "Compatibility", value: (s) => s.level, cell: (s) => <>{s.level} {!s.level_own && <span class="faint">of all</span>}</> },
    { id: "topic", head: "Topic", value: (s) => s.topic, cell: (s) => (s.topic ? <a href={`${k}/topics${path(s.topic)}`}>{s.topic}</a> : <span class="faint">–</span>) },
  ];
  return (
    <Page crumbs={[{ text: "Schemas" }]} fill>
      <div class="page-head"><h1>Schemas</h1><ClusterPicker current={cluster} page="schemas" /></div>
      <ListTools name="subjects" rows={shown} columns={columns} placeholder="Filter by subject or id">
        {all.some((s) => s.deleted) && <Chips label="Deleted" value={deleted ? "1" : ""} onChange={() => setQuery({ deleted: !deleted })} options={[{ value: "1", text: "Deleted too" }]} />}
      </ListTools>
      <Loaded from={subjects} what="Asking the registry">{() => (
        <DataTable label="Subjects" fill rows={shown} columns={columns} keyOf={(s) => s.subject} sorted="subject" open={(s) => route(`${k}/schemas${path(s.subject)}`)}
          empty={all.length ? <Empty icon="filter" title="No subject fits the filter" /> : <Empty icon="schema" title="The registry is empty">A subject is made with the first record of a topic.</Empty>} />
      )}</Loaded>
    </Page>
  );
}
