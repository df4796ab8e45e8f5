// What this reader prefers, the password, and the server's configuration.
import { useState } from "preact/hooks";
import { send, session } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { Page as PageOf, Setting } from "../api/types.ts";
import { useQuery } from "../lib/query.ts";
import { density, theme } from "../lib/store.ts";
import { timeText, zone } from "../lib/time.ts";
import { Button, Chips, Failure, Field } from "../ui/basic.tsx";
import { DataTable, type ColumnOf } from "../ui/data_table.tsx";
import { filtered, ListTools } from "../ui/list_tools.tsx";
import { Card, Loaded, Page } from "../ui/page.tsx";
import { say } from "../ui/toast.tsx";

const kColumns: readonly ColumnOf<Setting>[] = [
  { id: "key", head: "Option", keep: true, class: "mono", value: (s) => s.key, cell: (s) => s.key },
  { id: "value", head: "Value", keep: true, class: "mono wrap", value: (s) => s.value, cell: (s) => s.value },
  { id: "origin", head: "From", value: (s) => s.origin, cell: (s) => (s.origin === "default" ? <span class="faint">default</span> : s.origin) },
];

export default function Settings() {
  return (
    <Page crumbs={[{ text: "Settings" }]}>
      <div class="page-head"><h1>Settings</h1></div>
      <div class="cols"><Looks /><Password /></div>
      <Configuration />
    </Page>
  );
}

function Looks() {
  return (
    <Card title="In this browser">
      <div class="stack">
        <div class="setting"><span>Theme</span><Chips label="Theme" value={theme.value} onChange={(v) => (theme.value = v)} options={[{ value: "auto", text: "As the system" }, { value: "light", text: "Light" }, { value: "dark", text: "Dark" }]} /></div>
        <div class="setting"><span>Rows</span><Chips label="Rows" value={density.value} onChange={(v) => (density.value = v)} options={[{ value: "compact", text: "Compact" }, { value: "comfortable", text: "Comfortable" }]} /></div>
        <div class="setting"><span>Times</span><Chips label="Times" value={zone.value} onChange={(v) => (zone.value = v)} options={[{ value: "local", text: "Local" }, { value: "utc", text: "UTC" }]} /></div>
        <p class="faint">{timeText(Date.now(), zone.value, false)}</p>
      </div>
    </Card>
  );
}

function Password() {
  const [form, setForm] = useState({ old: "", fresh: "", again: "" });
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const differs = form.again !== "" && form.again !== form.fresh ? "The two differ" : undefined;
  const set = (name: keyof typeof form) => (event: { currentTarget: { value: string } }) => setForm({ ...form, [name]: event.currentTarget.value });
  const go = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await send("PUT", "/session/password", { old: form.old, new: form.fresh });
      setForm({ old: "", fresh: "", again: "" });
      say("Password changed");
    } catch (reason) {
      setError(reason);
    }
    setBusy(false);
  };
  return (
    <Card title={`Password of ${session.value?.user.email ?? ""}`}>
      <form class="stack" onSubmit={go}>
        <Field label="Password now"><input type="password" required autocomplete="current-password" value={form.old} onInput={set("old")} /></Field>
        <div class="form-row">
          <Field label="New password" hint="At least 8 characters"><input type="password" required minLength={8} autocomplete="new-password" value={form.fresh} onInput={set("fresh")} /></Field>
          <Field label="Again" error={differs}><input type="password" required autocomplete="new-password" value={form.again} onInput={set("again")} /></Field>
        </div>
        {error !== null && <Failure error={error} />}
        <div><Button type="submit" busy={busy} disabled={form.fresh === "" || form.fresh !== form.again}>Change</Button></div>
      </form>
    </Card>
  );
}

/** The list of options, whichever way the server puts it. */
export function settingsOf(data: PageOf<Setting> | Setting[]): Setting[] {
  return Array.isArray(data) ? data : (data.items ?? []);
}

function Configuration() {
  const [query] = useQuery();
  const settings = useResource<PageOf<Setting> | Setting[]>("/settings");
  return (
    <Loaded from={settings}>{(data) => {
      const shown = filtered(settingsOf(data), query.q, (s) => [s.key, s.value, s.origin]);
      return (
        <>
          <h2>Configuration of the server</h2>
          <p class="lead">Read from the configuration file at the start; secrets are not shown. <code>rowhouse config explain OPTION</code> says what one means.</p>
          <ListTools name="settings" rows={shown} columns={kColumns} placeholder="Filter by option or value" />
          <DataTable label="Configuration" rows={shown} columns={kColumns} keyOf={(s) => s.key} />
        </>
      );
    }}</Loaded>
  );
}
