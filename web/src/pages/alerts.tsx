// What fires now, what would, who is told, and what fired before.
import { useState } from "preact/hooks";
import { may, path, send } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { Alerts, Channel, Page as PageOf } from "../api/types.ts";
import { duration } from "../lib/format.ts";
import { useQuery } from "../lib/query.ts";
import { millisecondsOf } from "../lib/time.ts";
import { Ago, Button, Empty, Field, Pill, State, Time } from "../ui/basic.tsx";
import { DataTable, type ColumnOf } from "../ui/data_table.tsx";
import { act, Confirm, FormDialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icon.tsx";
import { Loaded, Page, Tabs } from "../ui/page.tsx";

type Active = Alerts["active"][number];
type Rule = Alerts["rules"][number];
const kTabs = [{ id: "now", text: "Now" }, { id: "rules", text: "Rules" }, { id: "channels", text: "Who is told" }, { id: "history", text: "History" }];
const kMinutes = [30, 60, 240, 1440];

export default function AlertsPage() {
  const [query] = useQuery();
  const alerts = useResource<Alerts>("/alerts", { every: 10, live: "/alerts/live", event: "alerts" });
  const tab = query.tab ?? "now";
  return (
    <Page crumbs={[{ text: "Alerts" }]}>
      <div class="page-head"><h1>Alerts</h1></div>
      <Tabs tabs={kTabs} label="Parts of alerts" />
      {tab === "channels" ? <Channels /> : (
        <Loaded from={alerts}>{(data) => tab === "rules" ? <Rules rules={data.rules} reload={alerts.reload} />
          : tab === "history" ? <History items={data.history} /> : <Now active={data.active} reload={alerts.reload} />}</Loaded>
      )}
    </Page>
  );
}

function Now({ active, reload }: { active: readonly Active[]; reload: () => void }) {
  const [silencing, setSilencing] = useState<Active | null>(null);
  if (active.length === 0) return <Empty icon="check" title="Nothing fires">All rules are watched; whoever is named under "Who is told" hears when one fires and when it is over.</Empty>;
  return (
    <div class="stack">
      {active.map((alert) => (
        <div class={`banner ${alert.silenced_until ? "" : alert.severity === "page" || alert.severity === "critical" ? "bad" : "warn"}`} key={alert.rule + (alert.table ?? "")}>
          <Icon name="alert" />
          <div>
            <div class="row"><strong>{alert.rule}</strong><Pill state={alert.severity} />{alert.table && (alert.table.includes(".") ? <a href={`/tables${path(alert.table)}`}>{alert.table}</a> : <span>{alert.table}</span>)}<span class="faint">for <Ago at={alert.since} /></span></div>
            <p>{alert.message}</p>
            {alert.fix && <p class="soft"><b>What to do: </b>{alert.fix}</p>}
            {alert.silenced_until && <p class="faint">silenced until <Time at={alert.silenced_until} short /></p>}
          </div>
          {may("operator") && !alert.silenced_until && <Button small icon="pause" onClick={() => setSilencing(alert)}>Silence</Button>}
        </div>
      ))}
      {silencing && <SilenceDialog alert={silencing} onClose={() => setSilencing(null)} done={reload} />}
    </div>
  );
}

function SilenceDialog({ alert, onClose, done }: { alert: Active; onClose: () => void; done: () => void }) {
  const [minutes, setMinutes] = useState(60);
  const [reason, setReason] = useState("");
  return (
    <FormDialog title={`Silence ${alert.rule}`} submit="Silence" onClose={onClose} run={async () => {
      await send("POST", "/alerts/silences", { rule: alert.rule, ...(alert.table ? { table: alert.table } : {}), minutes, reason });
      done();
      return `${alert.rule}: silent for ${duration(minutes * 60)}`;
    }}>
      <p class="effect">Nobody is told of it meanwhile; it is still shown here.</p>
      <Field label="For"><select value={String(minutes)} onChange={(e) => setMinutes(Number(e.currentTarget.value))}>{kMinutes.map((m) => <option key={m} value={String(m)}>{duration(m * 60)}</option>)}</select></Field>
      <Field label="Reason"><input required value={reason} onInput={(e) => setReason(e.currentTarget.value)} /></Field>
    </FormDialog>
  );
}

function Rules({ rules, reload }: { rules: readonly Rule[]; reload: () => void }) {
  const change = (rule: Rule, patch: object, done: string) => void act(() => send("PATCH", `/alerts/rules${path(rule.name)}`, patch), done).then(reload);
  const columns: readonly ColumnOf<Rule>[] = [
    { id: "on", head: "On", keep: true, value: (r) => (r.enabled ? 0 : 1), cell: (r) => <input type="checkbox" aria-label={`${r.name} is on`} checked={r.enabled} disabled={!may("admin")} onChange={() => change(r, { enabled: !r.enabled }, `${r.name}: ${r.enabled ? "off" : "on"}`)} /> },
    { id: "name", head: "Rule", keep: true, value: (r) => r.name, cell: (r) => <span class="strong">{r.name}</span> },
    { id: "severity", head: "Severity", keep: true, value: (r) => r.severity, cell: (r) => <Pill state={r.severity} /> },
    { id: "description", head: "Means", class: "wrap", value: (r) => r.description, cell: (r) => r.description },
    { id: "expr", head: "Condition", class: "mono", value: (r) => r.expr, cell: (r) => r.expr },
    {
      id: "threshold", head: "Limit", numeric: true, value: (r) => r.threshold, cell: (r) => r.threshold === null || r.threshold === undefined ? <span class="faint">–</span> : (
        <input class="cell-input num" type="number" step="any" aria-label={`Limit of ${r.name}`} disabled={!may("admin")} value={r.threshold} onChange={(e) => change(r, { threshold: Number(e.currentTarget.value) }, `${r.name}: limit ${e.currentTarget.value}`)} />
      ),
    },
    { id: "for", head: "For", numeric: true, value: (r) => r.for_s, cell: (r) => duration(r.for_s) },
  ];
  return (
    <>
      <p class="lead">The same rules as a file for Prometheus: <code>rowhouse metrics rules</code>.</p>
      <DataTable label="Rules" rows={rules} columns={columns} keyOf={(r) => r.name} />
    </>
  );
}

type Past = Alerts["history"][number];
const kHistory: readonly ColumnOf<Past>[] = [
  { id: "fired", head: "Fired", keep: true, value: (h) => h.fired_at, cell: (h) => <Time at={h.fired_at} short /> },
  { id: "rule", head: "Rule", keep: true, value: (h) => h.rule, cell: (h) => h.rule },
  { id: "table", head: "Table", value: (h) => h.table, cell: (h) => h.table ?? <span class="faint">–</span> },
  { id: "for", head: "Lasted", keep: true, numeric: true, value: (h) => lasted(h), cell: (h) => (h.resolved_at ? duration(lasted(h)) : <State state="failed" text="still fires" />) },
  { id: "value", head: "Value", numeric: true, value: (h) => String(h.value), cell: (h) => String(h.value) },
];

function lasted(past: Past): number | null {
  const from = millisecondsOf(past.fired_at), to = millisecondsOf(past.resolved_at);
  return from === null || to === null ? null : (to - from) / 1000;
}

function History({ items }: { items: readonly Past[] }) {
  return <DataTable label="History" rows={items} columns={kHistory} keyOf={(h) => h.rule + h.fired_at} sorted="-fired" empty={<Empty icon="check" title="Nothing has fired yet" />} />;
}

function Channels() {
  const channels = useResource<PageOf<Channel> | Channel[]>("/alerts/channels");
  const [editing, setEditing] = useState<Partial<Channel> | null>(null);
  const [removing, setRemoving] = useState<Channel | null>(null);
  const test = (channel: Channel) => void act(async () => {
    const said = await send<{ ok: boolean; ms: number; note: string }>("POST", `/alerts/channels${path(channel.id)}/test`, {});
    if (!said.ok) throw new Error(`${channel.name}: ${said.note}`);
  }, `${channel.name}: the test message has arrived`);
  const columns: readonly ColumnOf<Channel>[] = [
    { id: "name", head: "Name", keep: true, value: (c) => c.name, cell: (c) => <span class="strong">{c.name}</span> },
    { id: "kind", head: "By", keep: true, value: (c) => c.kind, cell: (c) => c.kind },
    { id: "to", head: "To", class: "mono text", value: (c) => c.url ?? c.to, cell: (c) => c.url ?? c.to ?? "" },
    { id: "last", head: "Last message", class: "text", value: (c) => c.last_error, cell: (c) => (c.last_error ? <span class="bad-text">{c.last_error}</span> : <span class="faint">–</span>) },
    { id: "min", head: "From severity", value: (c) => c.min_severity, cell: (c) => <Pill state={c.min_severity} /> },
    {
      id: "act", head: "", keep: true, cell: (c) => (
        <span class="table-actions">
          <Button small kind="ghost" icon="send" onClick={() => test(c)}>Test</Button>
          {may("admin") && c.origin !== "configuration" && <Button small kind="ghost" icon="edit" label={`Change ${c.name}`} onClick={() => setEditing(c)} />}
          {may("admin") && c.origin !== "configuration" && <Button small kind="ghost" icon="trash" label={`Remove ${c.name}`} onClick={() => setRemoving(c)} />}
        </span>
      ),
    },
  ];
  return (
    <>
      {may("admin") && <div class="bar"><Button icon="plus" onClick={() => setEditing({ kind: "webhook", min_severity: "warn" })}>Add</Button></div>}
      <Loaded from={channels}>{(data) => (
        <DataTable label="Channels" rows={Array.isArray(data) ? data : data.items} columns={columns} keyOf={(c) => c.id} empty={<Empty icon="alert" title="Nobody is told yet">Add a webhook, a Slack channel or a mail address; each has a test.</Empty>} />
      )}</Loaded>
      {editing && <ChannelDialog channel={editing} onClose={() => setEditing(null)} done={channels.reload} />}
      {removing && <Confirm title={`Remove ${removing.name}`} submit="Remove" effect={<p>Nobody is told by it any more.</p>} onClose={() => setRemoving(null)} run={async () => {
        await send("DELETE", `/alerts/channels${path(removing.id)}`);
        channels.reload();
        return `${removing.name}: removed`;
      }} />}
    </>
  );
}

function ChannelDialog({ channel, onClose, done }: { channel: Partial<Channel>; onClose: () => void; done: () => void }) {
  const [form, setForm] = useState<Partial<Channel>>(channel);
  const set = (patch: Partial<Channel>) => setForm({ ...form, ...patch });
  return (
    <FormDialog title={channel.id ? `Change ${channel.name}` : "Add who is told"} submit="Save" onClose={onClose} run={async () => {
      await send(channel.id ? "PUT" : "POST", `/alerts/channels${channel.id ? path(channel.id) : ""}`, form);
      done();
      return `${form.name}: saved`;
    }}>
      <Field label="By"><select value={form.kind} onChange={(e) => set({ kind: e.currentTarget.value as Channel["kind"] })}><option value="webhook">webhook</option><option value="slack">Slack</option><option value="mail">mail</option></select></Field>
      <Field label="Name"><input required value={form.name ?? ""} onInput={(e) => set({ name: e.currentTarget.value })} /></Field>
      {form.kind === "mail" ? (
        <>
          <Field label="To"><input type="email" multiple required value={form.to ?? ""} onInput={(e) => set({ to: e.currentTarget.value })} /></Field>
          <Field label="From" hint="Left out: the address it goes to"><input type="email" value={form.from ?? ""} onInput={(e) => set({ from: e.currentTarget.value })} /></Field>
          <Field label="Mail server" hint="host:port, or smtps://host:465"><input required value={form.smtp ?? ""} onInput={(e) => set({ smtp: e.currentTarget.value })} placeholder="mail.example.com:587" /></Field>
          <Field label="Account" hint="Left out: the server takes mail without one; with one, TLS is required"><input autocomplete="off" value={form.user ?? ""} onInput={(e) => set({ user: e.currentTarget.value })} /></Field>
          {form.user && <Field label="Password" hint={channel.user ? "Left out: the one that is kept" : ""}><input type="password" autocomplete="new-password" value={form.password ?? ""} onInput={(e) => set({ password: e.currentTarget.value })} /></Field>}
        </>
      ) : <Field label="URL" hint={form.kind === "slack" ? "The address of an incoming webhook of Slack" : "Gets a POST with JSON when a rule fires and when it is over"}><input type="url" required value={form.url ?? ""} onInput={(e) => set({ url: e.currentTarget.value })} /></Field>}
      <Field label="From severity"><select value={form.min_severity} onChange={(e) => set({ min_severity: e.currentTarget.value })}><option>warn</option><option>page</option></select></Field>
    </FormDialog>
  );
}
