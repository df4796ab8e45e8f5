// Every part of the pipeline: whether it runs, since when, and its log.
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { may, path, send } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { Page as PageOf, Service } from "../api/types.ts";
import { bytes } from "../lib/format.ts";
import { Ago, Button, Code, Empty, State } from "../ui/basic.tsx";
import { DataTable, type ColumnOf } from "../ui/data_table.tsx";
import { Confirm } from "../ui/dialog.tsx";
import { Icon } from "../ui/icon.tsx";
import { ListTools } from "../ui/list_tools.tsx";
import { Loaded, Page } from "../ui/page.tsx";

export function RestartDialog({ service, onClose, done }: { service: Service; onClose: () => void; done: () => void }) {
  return (
    <Confirm title={`Restart ${service.name}`} submit="Restart" name={service.name} onClose={onClose}
      effect={<p>It is stopped and started again. What depends on it waits and goes on by itself; no row is lost.</p>}
      run={async () => {
        await send("POST", `/services${path(service.name)}/restart`, { confirm: service.name });
        done();
        return `${service.name}: restarting`;
      }} />
  );
}

export default function Services() {
  const { route } = useLocation();
  const services = useResource<PageOf<Service>>("/services", { every: 2 });
  const [restarting, setRestarting] = useState<Service | null>(null);
  const items = services.data?.items ?? [];
  const columns: readonly ColumnOf<Service>[] = [
    { id: "name", head: "Service", keep: true, value: (s) => s.name, cell: (s) => (s.has_log ? <a href={`/services${path(s.name)}`}>{s.name}</a> : <span class="strong">{s.name}</span>) },
    { id: "state", head: "State", keep: true, value: (s) => s.state, cell: (s) => <State state={s.state} /> },
    { id: "kind", head: "Is the", value: (s) => s.kind, cell: (s) => s.kind },
    { id: "version", head: "Version", value: (s) => s.version, cell: (s) => s.version || <span class="faint">–</span> },
    { id: "address", head: "Address", class: "mono", value: (s) => s.address, cell: (s) => s.address },
    { id: "since", head: "Since", value: (s) => s.since, cell: (s) => <Ago at={s.since} /> },
    { id: "restarts", head: "Restarts", numeric: true, value: (s) => s.restarts, cell: (s) => <span class={s.restarts ? "warn-text" : "faint"}>{s.restarts}</span> },
    { id: "rss", head: "Memory", numeric: true, value: (s) => s.rss_bytes, cell: (s) => bytes(s.rss_bytes) },
    { id: "pid", head: "Process", numeric: true, value: (s) => s.pid, cell: (s) => s.pid ?? <span class="faint">–</span> },
    {
      id: "act", head: "", keep: true, cell: (s) => (
        <span class="table-actions">
          {s.has_log && <a class="btn ghost small" href={`/services${path(s.name)}`}>Log</a>}
          {s.managed && may("operator") && <Button small kind="ghost" icon="reload" label={`Restart ${s.name}`} onClick={() => setRestarting(s)} />}
        </span>
      ),
    },
  ];
  return (
    <Page crumbs={[{ text: "Services" }]}>
      <div class="page-head"><h1>Services</h1></div>
      <Loaded from={services}>{() => (
        <>
          {items.filter((s) => s.note).map((s) => (
            <div class={`banner ${s.state === "failed" || s.state === "stopped" ? "bad" : "warn"}`} key={s.name}>
              <Icon name="warn" /><div><div class="row"><strong>{s.name}</strong><Code code={s.code} /></div><p>{s.note}</p>{s.fix && <p class="soft"><b>What to do: </b>{s.fix}</p>}</div>
            </div>
          ))}
          <ListTools name="services" rows={items} columns={columns} />
          <DataTable label="Services" rows={items} columns={columns} keyOf={(s) => s.name} open={(s) => s.has_log && route(`/services${path(s.name)}`)} empty={<Empty icon="service" title="No service is known" />} />
        </>
      )}</Loaded>
      {restarting && <RestartDialog service={restarting} onClose={() => setRestarting(null)} done={services.reload} />}
    </Page>
  );
}
