// The connectors of the cluster's Kafka Connect.
import { useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { may, path, send } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { Connector, Page as PageOf } from "../api/types.ts";
import { Button, Empty, Pill, State } from "../ui/basic.tsx";
import { ClusterPicker } from "../ui/cluster_picker.tsx";
import { act, Confirm } from "../ui/dialog.tsx";
import { Card, Loaded, Page } from "../ui/page.tsx";

type Order = "pause" | "resume" | "restart";
const kDone: Record<Order, string> = { pause: "paused", resume: "resumed", restart: "restarted" };

export default function Connectors() {
  const cluster = useRoute().params.cluster ?? "local";
  const where = `/clusters${path(cluster)}/connectors`;
  const connectors = useResource<PageOf<Connector>>(where, { every: 5 });
  const [stopping, setStopping] = useState<{ connector: Connector; order: Order } | null>(null);
  const give = async (connector: Connector, order: Order) => {
    await send("POST", `${where}${path(connector.name)}/${order}`, {});
    connectors.reload();
  };
  const choose = (connector: Connector, order: Order) => {
    if (order === "resume") void act(() => give(connector, order), `${connector.name}: resumed`);
    else setStopping({ connector, order });
  };
  return (
    <Page crumbs={[{ text: "Connectors" }]}>
      <div class="page-head"><h1>Connectors</h1><ClusterPicker current={cluster} page="connectors" /></div>
      <Loaded from={connectors}>{(data) => data.items.length === 0
        ? <Empty icon="connector" title="No connector here">{cluster === "local"
            ? "The built-in cluster is the pipeline's own. Register its brokers once more under Clusters, with the URL of their Kafka Connect, and choose that cluster here."
            : "Give the cluster the URL of its Kafka Connect under Clusters, and its connectors are listed here."}</Empty>
        : <>{data.items.map((connector) => <One key={connector.name} connector={connector} choose={choose} cluster={cluster} />)}</>}</Loaded>
      {stopping && (
        <Confirm title={`${stopping.order === "pause" ? "Pause" : "Restart"} ${stopping.connector.name}`} submit={stopping.order === "pause" ? "Pause" : "Restart"} onClose={() => setStopping(null)}
          effect={<p>{stopping.order === "pause" ? "Its tasks stop where they are and go on there when it is resumed. The source must keep what is not read yet." : "Its tasks stop and start again where they were."}</p>}
          run={async () => {
            await give(stopping.connector, stopping.order);
            return `${stopping.connector.name}: ${kDone[stopping.order]}`;
          }} />
      )}
    </Page>
  );
}

function One({ connector, choose, cluster }: { connector: Connector; choose: (connector: Connector, order: Order) => void; cluster: string }) {
  const paused = connector.state.toUpperCase() === "PAUSED";
  const config = Object.entries(connector.config);
  return (
    <Card
      title={<span class="row">{connector.name}<Pill state={connector.state} /><span class="faint">{connector.type}{connector.own ? ", built in" : ` on ${connector.worker}`}</span></span>}
      tools={may("operator") && (
        <span class="row">
          <Button small icon={paused ? "play" : "pause"} onClick={() => choose(connector, paused ? "resume" : "pause")}>{paused ? "Resume" : "Pause"}</Button>
          <Button small icon="reload" onClick={() => choose(connector, "restart")}>Restart</Button>
        </span>
      )}
    >
      <div class="stack">
        {connector.trace && <pre class="panel-pre trace-text">{connector.trace}</pre>}
        {connector.tasks.map((task) => (
          <div key={task.id}>
            <State state={task.state} text={`Task ${task.id} ${task.state.toLowerCase()}`} /> <span class="faint">{task.worker}</span>
            {task.trace && <pre class="panel-pre trace-text">{task.trace}</pre>}
          </div>
        ))}
        {connector.topics.length > 0 && (
          <div class="row topics-row"><span class="faint">Topics</span>{connector.topics.slice(0, 12).map((topic) => <a key={topic} href={`/k/${encodeURIComponent(cluster)}/topics${path(topic)}`}>{topic}</a>)}{connector.topics.length > 12 && <span class="faint">and {connector.topics.length - 12} more</span>}</div>
        )}
        {config.length > 0 && (
          <details><summary>Configuration</summary><table class="change"><tbody>{config.map(([name, value]) => <tr key={name}><th scope="row">{name}</th><td>{value}</td></tr>)}</tbody></table></details>
        )}
      </div>
    </Card>
  );
}
