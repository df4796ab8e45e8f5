// One subject: its versions side by side, whether a new one would fit, and its level.
import { useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { may, path, query as queryOf, send } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { SubjectDetail } from "../api/types.ts";
import { diffLines } from "../lib/diff.ts";
import { prettyJson } from "../lib/json.ts";
import { useQuery } from "../lib/query.ts";
import { Button, Copy, Failure, Pill } from "../ui/basic.tsx";
import { act, Confirm, Dialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icon.tsx";
import { Card, Loaded, Page } from "../ui/page.tsx";

const kLevels = ["BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE", "NONE"];

export default function SchemaPage() {
  const { params } = useRoute();
  const { route } = useLocation();
  const cluster = params.cluster ?? "local", name = params.subject ?? "";
  const where = `/clusters${path(cluster)}/subjects${path(name)}`;
  const subject = useResource<SubjectDetail>(where);
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const list = `/k/${encodeURIComponent(cluster)}/schemas`;
  return (
    <Page crumbs={[{ text: "Schemas", to: list }, { text: name }]}>
      <Loaded from={subject}>{(data) => (
        <>
          <div class="page-head">
            <h1>{name}</h1><Pill state="quiet" text={`${data.versions.length} version${data.versions.length === 1 ? "" : "s"}`} /><span class="spring" />
            <label class="row"><span class="faint">Compatibility</span>
              <select value={data.level} disabled={!may("operator")} onChange={(e) => void act(() => send("PUT", `${where}/level`, { level: e.currentTarget.value }), `Compatibility of ${name}: ${e.currentTarget.value}`).then(subject.reload)}>
                {kLevels.map((level) => <option key={level}>{level}</option>)}
              </select>
            </label>
            {may("operator") && <Button small icon="plus" onClick={() => setAdding(true)}>New version</Button>}
            {may("admin") && <Button small icon="trash" onClick={() => setDeleting(true)}>Delete</Button>}
          </div>
          <Versions data={data} />
          {adding && <NewVersion where={where} start={data.versions.at(-1)?.schema ?? ""} onClose={() => setAdding(false)} done={subject.reload} />}
          {deleting && (
            <Confirm title={`Delete ${name}`} submit="Delete" name={name} onClose={() => setDeleting(false)}
              effect={<p>All versions are marked deleted. Messages that carry their ids can still be read; a producer that wants to register under this subject starts anew.</p>}
              run={async () => {
                await send("DELETE", `${where}${queryOf({ permanent: false })}`, { confirm: name });
                route(list);
                return `${name}: deleted`;
              }} />
          )}
        </>
      )}</Loaded>
    </Page>
  );
}

function Versions({ data }: { data: SubjectDetail }) {
  const [query, setQuery] = useQuery();
  const newest = data.versions.at(-1);
  const shown = data.versions.find((v) => String(v.version) === query.version) ?? newest;
  const against = data.versions.find((v) => String(v.version) === query.against);
  if (!shown) return null;
  const text = prettyJson(shown.schema);
  return (
    <Card
      title={<span class="row">
        <select aria-label="Version" value={String(shown.version)} onChange={(e) => setQuery({ version: e.currentTarget.value })}>
          {data.versions.map((v) => <option key={v.version} value={String(v.version)}>Version {v.version}</option>)}
        </select>
        <span class="faint">id {shown.id}</span>
        {data.versions.length > 1 && (
          <select aria-label="Compared with" value={query.against ?? ""} onChange={(e) => setQuery({ against: e.currentTarget.value })}>
            <option value="">not compared</option>
            {data.versions.filter((v) => v !== shown).map((v) => <option key={v.version} value={String(v.version)}>against version {v.version}</option>)}
          </select>
        )}
      </span>}
      tools={<Copy text={text} what={`Version ${shown.version}`} />}
    >
      {against ? <SideBySide before={prettyJson(against.schema)} after={text} /> : <pre>{text}</pre>}
    </Card>
  );
}

/** Two texts beside each other, line by line; on a narrow window one below the other. */
export function SideBySide({ before, after }: { before: string; after: string }) {
  const lines = diffLines(before, after);
  return (
    <table class="diff" aria-label="Difference">
      <tbody>
        {lines.map((line, i) => (
          <tr key={i} class={line.kind}>
            <td class="faint num">{line.left ?? ""}</td><td class="faint num">{line.right ?? ""}</td>
            <td class="sign">{line.kind === "added" ? "+" : line.kind === "removed" ? "−" : ""}</td>
            <td><code>{line.text}</code></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface Checked {
  compatible: boolean;
  messages?: string[];
}

function NewVersion({ where, start, onClose, done }: { where: string; start: string; onClose: () => void; done: () => void }) {
  const [schema, setSchema] = useState(prettyJson(start));
  const [checked, setChecked] = useState<Checked | null>(null);
  const [error, setError] = useState<unknown>(null);
  const check = async () => {
    setError(null);
    try {
      setChecked(await send<Checked>("POST", `${where}/check`, { schema }));
    } catch (reason) {
      setError(reason);
    }
  };
  const register = async () => {
    setError(null);
    try {
      await send("POST", `${where}/versions`, { schema });
      done();
      onClose();
    } catch (reason) {
      setError(reason);
    }
  };
  return (
    <Dialog title="New version" wide onClose={onClose}>
      <div class="form">
        <textarea rows={18} aria-label="Schema" spellcheck={false} value={schema} onInput={(e) => {
          setSchema(e.currentTarget.value);
          setChecked(null);
        }} />
        {checked && (
          <div class={`banner ${checked.compatible ? "ok" : "bad"}`} role="status">
            <Icon name={checked.compatible ? "check" : "warn"} />
            <div>{checked.compatible ? "Fits the versions that are there." : <>Does not fit: <ul>{(checked.messages ?? []).map((m) => <li key={m}>{m}</li>)}</ul></>}</div>
          </div>
        )}
        {error !== null && <Failure error={error} />}
        <footer class="dialog-foot">
          <Button onClick={() => void check()} icon="check">Check</Button>
          <Button kind="primary" disabled={!checked?.compatible} onClick={() => void register()}>Register</Button>
        </footer>
      </div>
    </Dialog>
  );
}
