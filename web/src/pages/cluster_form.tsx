// Adding or changing a cluster: Kafka, registry and Connect, each tested hop by hop.
import { useEffect, useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { may, path, send, session } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { Cluster, TestHop, TestResult } from "../api/types.ts";
import { millis } from "../lib/format.ts";
import { Button, Code, Failure, Field, Pill } from "../ui/basic.tsx";
import { Icon } from "../ui/icon.tsx";
import { Card, Loaded, Page } from "../ui/page.tsx";
import { say } from "../ui/toast.tsx";

type PartName = "kafka" | "registry" | "connect";

interface Form {
  id: string;
  name: string;
  color: string;
  bootstrap: string;
  protocol: string;
  mechanism: string;
  username: string;
  password: string;
  ca: string;
  properties: string;
  registryUrl: string;
  registryUser: string;
  registryPassword: string;
  registryCa: string;
  connectUrl: string;
  connectUser: string;
  connectPassword: string;
}

const kNew: Form = {
  id: "", name: "", color: "accent", bootstrap: "", protocol: "PLAINTEXT", mechanism: "SCRAM-SHA-512", username: "", password: "", ca: "", properties: "",
  registryUrl: "", registryUser: "", registryPassword: "", registryCa: "", connectUrl: "", connectUser: "", connectPassword: "",
};
const kColors = ["accent", "brick", "ok", "info", "warn", "bad"];
const kSteps: Record<string, string> = {
  parse: "Address", dns: "Name", tcp: "Connection", tls: "TLS", sasl: "Sign-in", api_versions: "Versions", metadata: "Brokers and topics", listeners: "Every advertised listener",
  acl: "Rights", subjects: "Subjects", config: "Compatibility", auth: "Sign-in", decode: "One schema read",
};

function formOf(cluster: Cluster): Form {
  return {
    ...kNew, id: cluster.id, name: cluster.name, color: cluster.color, bootstrap: cluster.bootstrap, protocol: cluster.security.protocol || "PLAINTEXT",
    mechanism: cluster.security.mechanism || kNew.mechanism, username: cluster.security.username, ca: cluster.security.ca,
    properties: Object.entries(cluster.properties).map(([name, value]) => `${name}=${value}`).join("\n"),
    registryUrl: cluster.registry?.url ?? "", registryUser: cluster.registry?.username ?? "", registryCa: cluster.registry?.ca ?? "",
    connectUrl: cluster.connect?.url ?? "", connectUser: cluster.connect?.username ?? "",
  };
}

/** "a=b" lines as an object; empty lines and # lines say nothing. */
export function propertiesOf(text: string): Record<string, string> {
  const entries = text.split("\n").map((line) => line.trim()).filter((line) => line && !line.startsWith("#"));
  return Object.fromEntries(entries.map((line) => {
    const at = line.indexOf("=");
    return at < 0 ? [line, ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  }));
}

/** An id made of a name: what may stand in an address. */
export function idOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
}

/** What the API takes; a password that was not typed is not sent, and the kept one stays. */
function bodyOf(form: Form): object {
  const secret = (password: string) => (password ? { password } : {});
  const sasl = form.protocol.startsWith("SASL");
  return {
    id: form.id || idOf(form.name), name: form.name, color: form.color, bootstrap: form.bootstrap.trim(),
    security: { protocol: form.protocol, mechanism: sasl ? form.mechanism : "", username: sasl ? form.username : "", ca: form.protocol.endsWith("SSL") ? form.ca : "", ...(sasl ? secret(form.password) : {}) },
    properties: propertiesOf(form.properties),
    registry: form.registryUrl ? { url: form.registryUrl.trim(), username: form.registryUser, ca: form.registryCa, ...secret(form.registryPassword) } : null,
    connect: form.connectUrl ? { url: form.connectUrl.trim(), username: form.connectUser, ...secret(form.connectPassword) } : null,
  };
}

export default function ClusterForm() {
  const id = useRoute().params.cluster ?? "new";
  const existing = useResource<Cluster>(id === "new" ? null : `/clusters${path(id)}`);
  const title = id === "new" ? "Add cluster" : (existing.data?.name ?? id);
  return (
    <Page crumbs={[{ text: "Clusters", to: "/clusters" }, { text: title }]}>
      {id === "new" ? <Editor start={kNew} existing={null} /> : <Loaded from={existing}>{(data) => <Editor start={formOf(data)} existing={data} />}</Loaded>}
    </Page>
  );
}

function Editor({ start, existing }: { start: Form; existing: Cluster | null }) {
  const { route } = useLocation();
  const [form, setForm] = useState(start);
  const [result, setResult] = useState<TestResult | null>(null);
  const [testing, setTesting] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const set = (name: keyof Form) => (event: { currentTarget: { value: string } }) => setForm({ ...form, [name]: event.currentTarget.value });
  const fixed = existing?.builtin ?? false;
  const test = async () => {
    setTesting(true);
    setError(null);
    try {
      setResult(await send<TestResult>("POST", "/clusters/test", fixed ? { id: existing!.id } : bodyOf(form)));
    } catch (reason) {
      setError(reason);
    }
    setTesting(false);
  };
  const save = async (event: Event) => {
    event.preventDefault();
    setError(null);
    try {
      const saved = await send<Cluster>(existing ? "PUT" : "POST", `/clusters${existing ? path(existing.id) : ""}`, bodyOf(form));
      say(`${form.name}: saved`);
      route(`/k/${encodeURIComponent(saved?.id ?? (form.id || idOf(form.name)))}/topics`);
    } catch (reason) {
      setError(reason);
    }
  };
  const partOf = (part: PartName) => result?.parts.find((p) => p.part === part);
  return (
    <form class="cluster-form" onSubmit={save}>
      <div class="page-head">
        <h1>{existing ? existing.name : "Add cluster"}</h1>
        {result && <Pill state={result.ok ? "ok" : "failed"} text={result.ok ? "connected" : "not connected"} />}
        <span class="spring" />
        <Button icon="check" busy={testing} onClick={() => void test()}>Test all</Button>
        {!fixed && may("admin") && <Button type="submit" kind="primary">{result && !result.ok ? "Save anyway" : existing ? "Save" : "Add"}</Button>}
      </div>
      {fixed && <p class="lead">The pipeline's own cluster is set in the configuration; here it can be tested.</p>}
      {error !== null && <Failure error={error} />}
      <fieldset disabled={fixed} class="plain-set"><KafkaFields form={form} set={set} setColor={(color) => setForm({ ...form, color })} existing={existing} hops={<Hops part={partOf("kafka")} />} /></fieldset>
      <fieldset disabled={fixed} class="plain-set">
        <Card title="Schema registry">
          <div class="stack">
            <div class="form-row">
              <Field label="URL" hint="As this server reaches it; empty: none"><input type="url" value={form.registryUrl} onInput={set("registryUrl")} placeholder="http://registry.example.com:8081" /></Field>
              <Field label="User"><input value={form.registryUser} onInput={set("registryUser")} autocomplete="off" /></Field>
              <Field label="Password" hint={existing?.registry?.password_set ? "kept; type to replace it" : ""}><input type="password" value={form.registryPassword} onInput={set("registryPassword")} autocomplete="new-password" /></Field>
            </div>
            <Hops part={partOf("registry")} />
          </div>
        </Card>
      </fieldset>
      <fieldset disabled={fixed} class="plain-set">
        <Card title="Kafka Connect">
          <div class="stack">
            <div class="form-row">
              <Field label="URL" hint="Empty: none"><input type="url" value={form.connectUrl} onInput={set("connectUrl")} placeholder="http://connect.example.com:8083" /></Field>
              <Field label="User"><input value={form.connectUser} onInput={set("connectUser")} autocomplete="off" /></Field>
              <Field label="Password" hint={existing?.connect?.password_set ? "kept; type to replace it" : ""}><input type="password" value={form.connectPassword} onInput={set("connectPassword")} autocomplete="new-password" /></Field>
            </div>
            <Hops part={partOf("connect")} />
          </div>
        </Card>
      </fieldset>
    </form>
  );
}

interface KafkaProps {
  form: Form;
  set: (name: keyof Form) => (event: { currentTarget: { value: string } }) => void;
  setColor: (color: string) => void;
  existing: Cluster | null;
  hops: preact.ComponentChildren;
}

function KafkaFields({ form, set, setColor, existing, hops }: KafkaProps) {
  const sasl = form.protocol.startsWith("SASL"), tls = form.protocol.endsWith("SSL");
  useEffect(() => {
    if (!existing && session.value) document.querySelector<HTMLInputElement>("input[name=cluster-name]")?.focus();
  }, []);
  return (
    <Card title="Kafka">
      <div class="stack">
        <div class="form-row">
          <Field label="Name"><input name="cluster-name" required value={form.name} onInput={set("name")} placeholder="Production" /></Field>
          <Field label="Technical id" hint="Stands in addresses; cannot be changed later"><input value={existing ? form.id : form.id || idOf(form.name)} disabled={existing !== null} pattern="[a-z0-9][a-z0-9\-]*" onInput={set("id")} /></Field>
          <div class="field">
            <span class="field-label">Colour</span>
            <div class="row" role="radiogroup" aria-label="Colour">{kColors.map((color) => (
              <button key={color} type="button" role="radio" class="color-pick" aria-checked={form.color === color} aria-label={color} onClick={() => setColor(color)}><i class={`swatch ${color}`} /></button>
            ))}</div>
          </div>
        </div>
        <Field label="Bootstrap servers" hint="host:port, several with commas"><input class="mono" required value={form.bootstrap} onInput={set("bootstrap")} placeholder="kafka-1.example.com:9092,kafka-2.example.com:9092" /></Field>
        <div class="form-row">
          <Field label="Security"><select value={form.protocol} onChange={set("protocol")}><option value="PLAINTEXT">none (PLAINTEXT)</option><option value="SSL">TLS (SSL)</option><option value="SASL_SSL">sign-in over TLS (SASL_SSL)</option><option value="SASL_PLAINTEXT">sign-in without TLS (SASL_PLAINTEXT)</option></select></Field>
          {sasl && <Field label="Mechanism"><select value={form.mechanism} onChange={set("mechanism")}><option>PLAIN</option><option>SCRAM-SHA-256</option><option>SCRAM-SHA-512</option></select></Field>}
          {sasl && <Field label="User"><input required value={form.username} onInput={set("username")} autocomplete="off" /></Field>}
          {sasl && <Field label="Password" hint={existing?.security.password_set ? "kept; type to replace it" : ""}><input type="password" value={form.password} onInput={set("password")} autocomplete="new-password" /></Field>}
        </div>
        {tls && <Field label="Certificate authority" hint="PEM; empty: those that this server trusts"><textarea rows={4} value={form.ca} onInput={set("ca")} placeholder="-----BEGIN CERTIFICATE-----" /></Field>}
        <details><summary>More client properties</summary><Field label="Properties" hint="One name=value a line, as librdkafka names them"><textarea rows={4} value={form.properties} onInput={set("properties")} placeholder="client.rack=eu-1a" /></Field></details>
        {hops}
      </div>
    </Card>
  );
}

function HopRow({ hop }: { hop: TestHop }) {
  return (
    <li class={hop.ok ? "ok" : "failed"}>
      <Icon name={hop.ok ? "check" : "close"} />
      <span class="test-step">{kSteps[hop.step] ?? hop.step}</span>
      <span class="num faint">{hop.ms === null ? "" : millis(hop.ms)}</span>
      <span class="test-note">{hop.note} {hop.code && <Code code={hop.code} />}{hop.fix && <p><b>What to do: </b>{hop.fix}</p>}</span>
    </li>
  );
}

function Hops({ part }: { part: TestResult["parts"][number] | undefined }) {
  if (!part) return null;
  return (
    <div class={`test-result ${part.ok ? "ok" : "bad"}`} role="status" aria-label={`Test of ${part.part}: ${part.ok ? "connected" : "not connected"}`}>
      <strong>{part.ok ? "Connected" : "Not connected"}</strong>
      <ol>{part.hops.map((hop) => <HopRow key={hop.step} hop={hop} />)}</ol>
    </div>
  );
}
