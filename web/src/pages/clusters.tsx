// The Kafka clusters that this console looks into.
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { may, path, send } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { Cluster, ClusterState, Page as PageOf } from "../api/types.ts";
import { Button, Empty, Fact, Facts, Failure, Pill, State } from "../ui/basic.tsx";
import { Confirm } from "../ui/dialog.tsx";
import { Card, Loaded, Page } from "../ui/page.tsx";

export default function Clusters() {
  const { route } = useLocation();
  const clusters = useResource<PageOf<Cluster>>("/clusters");
  const [removing, setRemoving] = useState<Cluster | null>(null);
  return (
    <Page crumbs={[{ text: "Clusters" }]}>
      <div class="page-head"><h1>Clusters</h1><span class="spring" />{may("admin") && <Button kind="primary" icon="plus" onClick={() => route("/clusters/new")}>Add cluster</Button>}</div>
      <Loaded from={clusters}>{(data) => data.items.length === 0 ? <Empty icon="cluster" title="No cluster">Add one by its bootstrap servers.</Empty> : (
        <div class="stack">{data.items.map((cluster) => <One key={cluster.id} cluster={cluster} remove={() => setRemoving(cluster)} />)}</div>
      )}</Loaded>
      {removing && (
        <Confirm title={`Remove ${removing.name}`} submit="Remove" name={removing.name} onClose={() => setRemoving(null)}
          effect={<p>The console forgets its address and password. Nothing changes in the cluster itself.</p>}
          run={async () => {
            await send("DELETE", `/clusters${path(removing.id)}`, { confirm: removing.name });
            clusters.reload();
            return `${removing.name}: removed`;
          }} />
      )}
    </Page>
  );
}

function One({ cluster, remove }: { cluster: Cluster; remove: () => void }) {
  const state = useResource<ClusterState>(`/clusters${path(cluster.id)}`, { every: 15 });
  const k = `/k/${encodeURIComponent(cluster.id)}`;
  return (
    <Card
      title={<span class="row"><i class={`swatch ${cluster.color}`} />{cluster.name}{state.data && <Pill state={state.data.state} />}{cluster.builtin && <span class="faint">the pipeline's own</span>}</span>}
      tools={(
        <span class="row">
          <a class="btn small" href={`${k}/topics`}>Topics</a>
          {may("admin") && <a class="btn small" href={`/clusters${path(cluster.id)}`}>{cluster.builtin ? "Test" : "Change"}</a>}
          {may("admin") && !cluster.builtin && <Button small kind="ghost" icon="trash" label={`Remove ${cluster.name}`} onClick={remove} />}
        </span>
      )}
    >
      {state.error && <Failure error={state.error} retry={state.reload} />}
      <Facts>
        <Fact name="Bootstrap servers"><code>{cluster.bootstrap}</code></Fact>
        <Fact name="Security">{cluster.security.protocol || "PLAINTEXT"} {cluster.security.mechanism}</Fact>
        <Fact name="Schema registry">{cluster.registry ? <code>{cluster.registry.url}</code> : "–"}</Fact>
        <Fact name="Kafka Connect">{cluster.connect ? <code>{cluster.connect.url}</code> : "–"}</Fact>
        {state.data && <Fact name="Brokers">{state.data.brokers.map((b) => <div key={b.id}><State state="ok" text={`${b.id}`} /> {b.address}{b.controller && <span class="faint"> controller</span>}</div>)}</Fact>}
        {state.data && <Fact name="Topics">{state.data.topics}</Fact>}
      </Facts>
      {state.data?.note && <p class="warn-text">{state.data.note}</p>}
    </Card>
  );
}
