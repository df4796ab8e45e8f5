// A vite plugin that answers /api/v1 like the server would: for work on pages
// without a pipeline. Never part of what is built.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "vite";
import * as kafka from "./kafka.ts";
import * as pipeline from "./pipeline.ts";
import * as system from "./system.ts";

type Answer = { status?: number; body?: unknown };
interface Call {
  method: string;
  path: string[];
  query: URLSearchParams;
  body: Record<string, never> & Record<string, unknown>;
  request: IncomingMessage;
  response: ServerResponse;
}

// In development one is signed in from the start; a test begins at the door.
const atTheDoor = process.env.ROWHOUSE_MOCK_DOOR !== undefined;
const kCookie = "rowhouse_session";
const signedIn = (call: Call) => (call.request.headers.cookie ?? "").includes(`${kCookie}=mock`) || !atTheDoor;
const setCookie = (call: Call, seconds: number) => call.response.setHeader("Set-Cookie", `${kCookie}=mock; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}`);
const clusters: Record<string, unknown>[] = [kafka.builtinCluster()];
const page = (items: unknown[]) => ({ body: { items, next: null, total: items.length } });
const error = (status: number, code: string, message: string, fix: string): Answer => ({ status, body: { error: { code, message, fix } } });
const session = () => ({ user: { email: "admin@test.com", role: "admin" }, csrf: "mock", server: { version: "0.1.0", pipeline: "shop", demo: true, read_only: false, now: new Date().toISOString() } });

function events(call: Call, every: number, event: string, make: () => unknown): undefined {
  call.response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  const write = () => call.response.write(`event: ${event}\ndata: ${JSON.stringify(make())}\n\n`);
  write();
  const timer = setInterval(write, every);
  call.request.on("close", () => clearInterval(timer));
  return undefined;
}

function scan(call: Call, topic: string): undefined {
  const { response, request, query } = call;
  const limit = Number(query.get("limit") ?? 500), live = query.get("live") === "1";
  const text = (query.get("text") ?? "").toLowerCase(), filter = query.get("filter") ?? "";
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  const emit = (event: string, data: unknown) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const wanted = (query.get("partitions") ?? "0,1,2").split(",").filter(Boolean).map(Number);
  const ends = wanted.map(() => kafka.endOf(topic)), rows: ReturnType<typeof kafka.rowOf>[] = [];
  const op = /op == "(.)"/.exec(filter)?.[1];
  let scanned = 0;
  for (let back = 1n; rows.length < limit && back < 4000n; back++) {
    for (const [i, p] of wanted.entries()) {
      const row = kafka.rowOf(topic, p, ends[i]! - back);
      scanned++;
      if (rows.length < limit && (!text || `${row.key}${row.value}`.toLowerCase().includes(text)) && (!op || row.op === op)) rows.push(row);
    }
  }
  const progress = () => ({ scanned: String(scanned), matched: String(rows.length), bytes: String(scanned * 430), skipped_undecodable: "0", percent: live ? null : 100, rate: 310000,
    partitions: wanted.map((partition, i) => ({ partition, at: String(ends[i]), begin: String(kafka.kBegin), end: String(kafka.endOf(topic)) })) });
  for (let i = 0; i < rows.length; i += 200) emit("records", rows.slice(i, i + 200));
  emit("progress", progress());
  if (!live) {
    emit("end", { reason: rows.length >= limit ? "limit" : "end" });
    response.end();
    return undefined;
  }
  const timer = setInterval(() => {
    const fresh = wanted.flatMap((p, i) => {
      const found = [];
      for (; ends[i]! < kafka.endOf(topic); ends[i] = ends[i]! + 1n) found.push(kafka.rowOf(topic, p, ends[i]!));
      return found;
    });
    scanned += fresh.length;
    if (fresh.length) emit("records", fresh);
    emit("progress", progress());
  }, 500);
  request.on("close", () => clearInterval(timer));
  return undefined;
}

function onCluster(call: Call): Answer | undefined {
  const [, c = "", what, name = "", part, a, b] = call.path;
  const cluster = clusters.find((x) => x.id === c);
  if (c === "test") return { body: testResult(call.body) };
  if (!cluster) return error(404, "E-CON-004", `There is no cluster '${c}'.`, "Clusters are listed at /clusters.");
  if (!what) {
    if (call.method === "PUT") Object.assign(cluster, call.body);
    if (call.method === "DELETE") clusters.splice(clusters.indexOf(cluster), 1);
    return { body: kafka.clusterState(cluster) };
  }
  if (what === "topics" && !name) return page(kafka.topics());
  if (what === "topics" && part === "messages") {
    if (call.method === "POST") return { body: { partition: 0, offset: String(kafka.endOf(name)) } };
    return a === undefined ? scan(call, name) : { body: kafka.record(name, Number(a), BigInt(b!)) };
  }
  if (what === "topics" && part === "fields") return { body: ["op:string", "value.after.id:decimal", "value.after.status:enum", "value.after.amount:decimal", "value.before.status:enum", "value.source.gtid:string"].map((f) => ({ path: f.split(":")[0], type: f.split(":")[1] })) };
  if (what === "topics") return { body: kafka.topicDetail(name) };
  if (what === "groups" && part === "reset") return { body: kafka.group(name)!.partitions.map((p) => ({ topic: p.topic, partition: p.partition, from: p.committed, to: p.begin })) };
  if (what === "groups") return name ? { body: kafka.group(name) } : page(kafka.groups());
  if (what === "subjects" && part === "check") return { body: { compatible: !String(call.body.schema).includes("int"), messages: ["reader field 'after.id' is int, writer field is long: values do not fit"] } };
  if (what === "subjects" && part === "versions") return { body: { id: 50, version: 4 } };
  if (what === "subjects") return name ? { body: kafka.subject(name) } : page(kafka.subjects());
  if (what === "connectors") return part ? { status: 202, body: {} } : page(kafka.connectors());
  return undefined;
}

function testResult(body: Record<string, unknown>) {
  const good = String(body.bootstrap ?? "127.0.0.1:9092").includes("127.0.0.1");
  const hop = (step: string, ms: number, note: string) => ({ step, ok: true, ms, note });
  return { ok: good, parts: [
    { part: "kafka", ok: good, hops: good ? [hop("parse", 0, "1 address"), hop("dns", 0.1, "127.0.0.1"), hop("tcp", 0.3, "127.0.0.1:9092"), hop("api_versions", 2.1, "Kafka 4.1"), hop("metadata", 1.4, "1 broker, 14 topics"), hop("listeners", 0.6, "127.0.0.1:9092 reachable")]
      : [hop("parse", 0, "1 address"), { step: "dns", ok: false, ms: 12, note: "the name is not known here", code: "E-KAFKA-002", fix: "The name is looked up on the machine that rowhouse runs on. Use a name it knows, or an address." }] },
    ...(body.registry || !body.bootstrap ? [{ part: "registry", ok: true, hops: [hop("tcp", 0.2, "127.0.0.1:8081"), hop("subjects", 3.1, "16 subjects"), hop("config", 0.8, "BACKWARD")] }] : []),
  ] };
}

function onService(call: Call): Answer | undefined {
  const [, name, what, more] = call.path;
  if (!name) return page(system.services());
  if (what === "restart") return { status: 202, body: {} };
  if (more === "live") {
    let n = 4000;
    return events(call, 1200, "lines", () => [system.logLine(n++)]);
  }
  const level = call.query.get("level") ?? "", search = (call.query.get("search") ?? "").toLowerCase();
  const lines = Array.from({ length: 400 }, (_, i) => system.logLine(3600 + i)).filter((l) => (!search || l.text.toLowerCase().includes(search)) && (!level || l.level === level));
  return { body: { lines, more: true, next: lines[0]?.n ?? 0 } };
}

function onSession(call: Call): Answer {
  if (call.method === "DELETE") {
    setCookie(call, 0);
    return { status: 204 };
  }
  if (call.method === "POST") {
    if (call.body.password !== "admin") return error(401, "E-CON-001", "This e-mail and password do not match an account.", "Check both; after five wrong tries there is a pause.");
    setCookie(call, 3600);
  }
  return { body: session() };
}

function onTable(call: Call): Answer | undefined {
  const [, name, action] = call.path;
  if (!name) return page(pipeline.tables());
  if (name === "live") return events(call, 1000, "tables", () => pipeline.tables().slice(0, 4));
  if (action === "backfill" && call.body.dry_run) return { body: { table: name, mode: call.body.mode, complete: false, rows: "3010220", read: "1840220", present: "1839910", inserted: "310", changed: "0", seconds: 5, differences: [] } };
  if (action === "pause" || action === "resume") {
    pipeline.setState(name, action === "pause" ? "paused" : "running");
    return { body: { state: action === "pause" ? "paused" : "running" } };
  }
  if (action === "skip") {
    if (call.body.confirm !== name) return error(409, "E-CON-005", "This has to be confirmed.", `Send confirm: ${name}`);
    pipeline.setState(name, "running");
    return { body: { state: "saved" } };
  }
  if (action) return { status: 202, body: { id: "b8", state: action } };
  const found = pipeline.tableDetail(name);
  return found ? { body: found } : error(404, "E-CON-004", `${name} is no captured table.`, "Tables are chosen by the option tables in the configuration.");
}

function onAlerts(call: Call): Answer | undefined {
  const [, what, , test] = call.path;
  if (!what) return { body: system.alerts() };
  if (what === "live") return events(call, 5000, "alerts", system.alerts);
  if (what === "channels") return test ? { body: { ok: true, ms: 84, note: "200 OK" } } : call.method === "GET" ? page(system.channels) : { body: call.body };
  return { body: {} };
}

const kRoutes: Record<string, (call: Call) => Answer | undefined> = {
  overview: (call) => (call.path[1] === "live" ? events(call, 1000, "overview", pipeline.overview) : { body: pipeline.overview() }),
  series: (call) => ({ body: pipeline.series((call.query.get("names") ?? "").split(","), call.query.get("range") ?? "15m") }),
  tables: onTable, clusters: (call) => (call.path[1] ? onCluster(call) : call.method === "POST" ? (clusters.push({ id: "c2", builtin: false, properties: {}, ...call.body }), { body: clusters.at(-1) }) : page(clusters)),
  backfills: (call) => call.path[1] === "live" ? events(call, 1000, "backfills", () => pipeline.backfills().slice(0, 1)) : call.method === "POST" ? { body: { id: call.path[1], state: "waiting" } } : page(pipeline.backfills()), verify: () => ({ body: pipeline.verify() }), "schema-changes": () => page(pipeline.schemaChanges()),
  "dead-letters": (call) => (call.method === "POST" ? { body: { retried: 2 } } : page(call.path[1] ? pipeline.deadLetterRows() : pipeline.deadLetters())),
  trace: (call) => ({ body: kafka.trace(call.query.get("table") ?? "shop.orders", call.query.get("pk") ?? "42") }),
  services: onService, alerts: onAlerts, settings: () => page(system.settings), audit: () => page(system.audit()), views: (call) => (call.method === "GET" ? page([]) : { status: 204 }),
  users: (call) => (call.method === "GET" ? page(system.users) : { body: call.body }),
  tokens: (call) => (call.method === "POST" ? { body: { ...system.tokens[0], ...call.body, id: "t2", token: "rh_4f9c2b7e1d6a8035c9e4f1b2a7d3" } } : page(system.tokens)),
  filter: (call) => ({ body: /[^=!<>]=[^=]/.test(call.query.get("filter") ?? "") ? { ok: false, at: 6, message: "a comparison is written ==" } : { ok: true } }),
  help: (call) => ({ body: { code: call.path[1], title: "Too many parts", text: "ClickHouse holds back inserts while a table has more parts than parts_to_delay_insert.\n\nfix: raise sink.batch_rows, or give merges more threads." } }),
  sql: (call) => {
    if (call.path[1] === "tables") return { body: system.sqlTables };
    const result = system.runSql(String(call.body.sql));
    return result ? { body: result } : error(422, "E-CON-017", "Code: 47. DB::Exception: Unknown expression identifier `boom` in scope SELECT boom. (UNKNOWN_IDENTIFIER)", "");
  },
};

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url!, "http://mock");
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const call: Call = {
    method: request.method ?? "GET", path: url.pathname.split("/").filter(Boolean).map(decodeURIComponent), query: url.searchParams,
    body: chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : {}, request, response,
  };
  const route = call.path[0] ?? "";
  let result: Answer | undefined;
  if (route === "session" && (signedIn(call) || call.method === "POST")) result = onSession(call);
  else if (!signedIn(call)) result = error(401, "E-CON-001", "Sign in first.", "");
  else if (Object.hasOwn(kRoutes, route)) result = kRoutes[route]!(call);
  else result = error(404, "E-CON-004", `There is no ${url.pathname}.`, "");
  if (!result) return;
  response.writeHead(result.status ?? 200, { "Content-Type": "application/json" });
  response.end(result.body === undefined ? "" : JSON.stringify(result.body));
}

export function mockServer(): Plugin {
  return {
    name: "rowhouse-mock",
    configureServer(server) {
      server.middlewares.use("/api/v1", (request, response) => void answer(request, response));
    },
    configurePreviewServer(server) {
      server.middlewares.use("/api/v1", (request, response) => void answer(request, response));
    },
  };
}
