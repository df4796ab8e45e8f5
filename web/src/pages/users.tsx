// People and programs that may come in, and what each may do.
import { useState } from "preact/hooks";
import { may, path, send, session } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { Page as PageOf, Role, Token, User } from "../api/types.ts";
import { useQuery } from "../lib/query.ts";
import { Ago, Button, Copy, Empty, Field, Time } from "../ui/basic.tsx";
import { DataTable, type ColumnOf } from "../ui/data_table.tsx";
import { act, Confirm, Dialog, FormDialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icon.tsx";
import { Loaded, Page, Tabs } from "../ui/page.tsx";

const kRoles: readonly { role: Role; may: string }[] = [
  { role: "viewer", may: "sees everything, changes nothing" },
  { role: "operator", may: "also acts on tables, groups, connectors and services" },
  { role: "admin", may: "also people, tokens, clusters and alert channels" },
];
const kDays = [30, 90, 365];

export default function Users() {
  const [query] = useQuery();
  return (
    <Page crumbs={[{ text: "People" }]}>
      <div class="page-head"><h1>People and tokens</h1></div>
      <Tabs label="People or tokens" tabs={[{ id: "people", text: "People" }, { id: "tokens", text: "API tokens" }]} />
      {!may("admin") ? <Empty icon="key" title="For administrators">Your role is {session.value?.user.role}. An administrator can change it.</Empty> : query.tab === "tokens" ? <Tokens /> : <People />}
    </Page>
  );
}

function RoleField({ role, set }: { role: Role; set: (role: Role) => void }) {
  return (
    <Field label="Role" hint={kRoles.find((r) => r.role === role)?.may}>
      <select value={role} onChange={(e) => set(e.currentTarget.value as Role)}>{kRoles.map((r) => <option key={r.role}>{r.role}</option>)}</select>
    </Field>
  );
}

function People() {
  const users = useResource<PageOf<User>>("/users");
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<User | null>(null);
  const me = session.value?.user.email;
  const change = (user: User, role: Role) => void act(() => send("PATCH", `/users${path(user.email)}`, { role }), `${user.email}: ${role}`).then(users.reload);
  const columns: readonly ColumnOf<User>[] = [
    { id: "email", head: "E-mail", keep: true, value: (u) => u.email, cell: (u) => <><span class="strong">{u.email}</span>{u.email === me && <span class="faint"> you</span>}</> },
    { id: "role", head: "Role", keep: true, value: (u) => u.role, cell: (u) => (
      <select class="cell-input" aria-label={`Role of ${u.email}`} value={u.role} disabled={u.email === me} onChange={(e) => change(u, e.currentTarget.value as Role)}>{kRoles.map((r) => <option key={r.role}>{r.role}</option>)}</select>
    ) },
    { id: "seen", head: "Last sign-in", value: (u) => u.last_sign_in_at, cell: (u) => (u.last_sign_in_at ? <Ago at={u.last_sign_in_at} /> : <span class="faint">never</span>) },
    { id: "created", head: "Since", value: (u) => u.created_at, cell: (u) => <Time at={u.created_at} short /> },
    { id: "act", head: "", keep: true, cell: (u) => u.email !== me && <Button small kind="ghost" icon="trash" label={`Remove ${u.email}`} onClick={() => setRemoving(u)} /> },
  ];
  return (
    <>
      <div class="bar"><Button icon="plus" onClick={() => setAdding(true)}>Add a person</Button></div>
      <Loaded from={users}>{(data) => <DataTable label="People" rows={data.items} columns={columns} keyOf={(u) => u.email} sorted="email" />}</Loaded>
      {adding && <AddUser onClose={() => setAdding(false)} done={users.reload} />}
      {removing && <Confirm title={`Remove ${removing.email}`} submit="Remove" name={removing.email} effect={<p>All sessions of this account end at once.</p>} onClose={() => setRemoving(null)} run={async () => {
        await send("DELETE", `/users${path(removing.email)}`, { confirm: removing.email });
        users.reload();
        return `${removing.email}: removed`;
      }} />}
    </>
  );
}

function AddUser({ onClose, done }: { onClose: () => void; done: () => void }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  return (
    <FormDialog title="Add a person" submit="Add" onClose={onClose} run={async () => {
      await send("POST", "/users", { email, password, role });
      done();
      return `${email}: added`;
    }}>
      <Field label="E-mail"><input type="email" required autofocus value={email} onInput={(e) => setEmail(e.currentTarget.value)} autocomplete="off" /></Field>
      <Field label="First password" hint="At least 8 characters; to be changed under Settings"><input type="password" required minLength={8} value={password} onInput={(e) => setPassword(e.currentTarget.value)} autocomplete="new-password" /></Field>
      <RoleField role={role} set={setRole} />
    </FormDialog>
  );
}

function Tokens() {
  const tokens = useResource<PageOf<Token>>("/tokens");
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<Token | null>(null);
  const [removing, setRemoving] = useState<Token | null>(null);
  const columns: readonly ColumnOf<Token>[] = [
    { id: "name", head: "Name", keep: true, value: (t) => t.name, cell: (t) => <span class="strong">{t.name}</span> },
    { id: "role", head: "Role", keep: true, value: (t) => t.role, cell: (t) => t.role },
    { id: "used", head: "Last used", value: (t) => t.last_used_at, cell: (t) => (t.last_used_at ? <Ago at={t.last_used_at} /> : <span class="faint">never</span>) },
    { id: "expires", head: "Ends", value: (t) => t.expires_at, cell: (t) => (t.expires_at ? <Time at={t.expires_at} short /> : <span class="faint">never</span>) },
    { id: "created", head: "Since", value: (t) => t.created_at, cell: (t) => <Time at={t.created_at} short /> },
    { id: "act", head: "", keep: true, cell: (t) => <Button small kind="ghost" icon="trash" label={`Revoke ${t.name}`} onClick={() => setRemoving(t)} /> },
  ];
  return (
    <>
      <p class="lead">For programs: <code>Authorization: Bearer rh_…</code> instead of signing in. The API is described at <a href="/api/v1/openapi.json" target="_blank" rel="noreferrer">/api/v1/openapi.json</a>.</p>
      <div class="bar"><Button icon="plus" onClick={() => setAdding(true)}>New token</Button></div>
      <Loaded from={tokens}>{(data) => <DataTable label="Tokens" rows={data.items} columns={columns} keyOf={(t) => t.id} empty={<Empty icon="key" title="No token yet">A token lets a script read the API with one role.</Empty>} />}</Loaded>
      {adding && <AddToken onClose={() => setAdding(false)} done={(token) => {
        setMade(token);
        tokens.reload();
      }} />}
      {made && (
        <Dialog title={`Token ${made.name}`} onClose={() => setMade(null)}>
          <div class="form">
            <div class="banner warn"><Icon name="warn" /><div>It is shown this once. Keep it where secrets are kept.</div></div>
            <div class="row secret"><code class="grow">{made.token}</code><Copy text={made.token ?? ""} what="Token" /></div>
            <footer class="dialog-foot"><Button kind="primary" onClick={() => setMade(null)}>Done</Button></footer>
          </div>
        </Dialog>
      )}
      {removing && <Confirm title={`Revoke ${removing.name}`} submit="Revoke" effect={<p>Whatever uses it is refused from now on.</p>} onClose={() => setRemoving(null)} run={async () => {
        await send("DELETE", `/tokens${path(removing.id)}`);
        tokens.reload();
        return `${removing.name}: revoked`;
      }} />}
    </>
  );
}

function AddToken({ onClose, done }: { onClose: () => void; done: (token: Token) => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [days, setDays] = useState("");
  return (
    <FormDialog title="New token" submit="Make" onClose={onClose} run={async () => {
      const expires_at = days ? new Date(Date.now() + Number(days) * 86400000).toISOString() : null;
      done(await send<Token>("POST", "/tokens", { name, role, expires_at }));
    }}>
      <Field label="Name" hint="What uses it"><input required autofocus value={name} onInput={(e) => setName(e.currentTarget.value)} /></Field>
      <RoleField role={role} set={setRole} />
      <Field label="Ends"><select value={days} onChange={(e) => setDays(e.currentTarget.value)}><option value="">never</option>{kDays.map((d) => <option key={d} value={String(d)}>in {d} days</option>)}</select></Field>
    </FormDialog>
  );
}
