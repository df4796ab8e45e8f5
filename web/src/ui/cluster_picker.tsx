import { useLocation } from "preact-iso";
import { useResource } from "../api/live.ts";
import type { Cluster, Page } from "../api/types.ts";

/** Which cluster a Kafka page shows; hidden while there is only one. */
export function ClusterPicker({ current, page }: { current: string; page: string }) {
  const { route } = useLocation();
  const clusters = useResource<Page<Cluster>>("/clusters").data?.items ?? [];
  if (clusters.length < 2) return null;
  return (
    <select aria-label="Cluster" value={current} onChange={(event) => route(`/k/${encodeURIComponent(event.currentTarget.value)}/${page}`)}>
      {clusters.map((cluster) => <option value={cluster.id} key={cluster.id}>{cluster.name}</option>)}
    </select>
  );
}
