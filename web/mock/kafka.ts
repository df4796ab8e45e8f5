// Topics, messages, schemas and groups of the mock. Record n of a partition is
// the same whenever it is asked for.
import { randomFrom } from "./random.ts";
import { ago, tables } from "./pipeline.ts";

const kPartitions = 3;
const kStarted = Date.now();
export const kBegin = 1000n;
const endAtStart = (topic: string) => (topic.includes("items") ? 431224n : topic.includes("orders") ? 160400n : 50210n);

/** The end of a partition grows by a record every two seconds. */
export function endOf(topic: string): bigint {
  return endAtStart(topic) + BigInt(Math.floor((Date.now() - kStarted) / 2000));
}

export function topics() {
  const data = tables().map((t) => ({
    name: t.topic, partitions: kPartitions, replication: 1, records: String((endOf(t.topic) - kBegin) * 3n), bytes: String((endOf(t.topic) - kBegin) * 812n),
    internal: false, table: t.table as string | null, cleanup: "delete", retention_ms: "604800000",
  }));
  const own = (name: string, cleanup: string, internal: boolean, records: string) =>
    ({ name, partitions: 1, replication: 1, records, bytes: String(Number(records) * 96), internal, table: null, cleanup, retention_ms: null });
  return [...data, own("demo", "delete", false, "42"), own("_schemas", "compact", true, "41"), own("__rowhouse.positions", "compact", true, "8112"), own("__consumer_offsets", "compact", true, "120044"),
    own("demo.dead.shop.payments", "delete", false, "2")];
}

export interface MockRecord {
  p: number;
  o: bigint;
  ts: number;
  op: string;
  id: bigint;
  amount: string;
  status: string;
}

const kStatus = ["new", "paid", "shipped", "returned"];

export function recordAt(topic: string, p: number, o: bigint): MockRecord {
  const random = randomFrom(Number((o * 31n + BigInt(p) * 7919n) & 0xffffffffn) + topic.length);
  const chance = random();
  const behind = Number(endAtStart(topic) - o) * 2000;
  return {
    p, o, ts: kStarted - behind + Math.floor(random() * 900), op: chance < 0.45 ? "c" : chance < 0.9 ? "u" : "d",
    id: 9007199254740993n + BigInt(Math.floor(random() * 1e6)), amount: `${Math.floor(random() * 4000)}.${String(Math.floor(random() * 100)).padStart(2, "0")}`,
    status: kStatus[Math.floor(random() * 4)]!,
  };
}

function image(r: MockRecord, old: boolean) {
  return `{"id":${r.id},"customer_id":${Number(r.o % 90000n)},"status":"${old ? "new" : r.status}","amount":"${r.amount}","created_at":"2026-11-26T21:04:11.120933Z","note":${r.op === "u" ? '"call before delivery"' : "null"}}`;
}

export function rowOf(topic: string, p: number, o: bigint) {
  const r = recordAt(topic, p, o);
  const value = `{"before":${r.op === "c" ? "null" : image(r, true)},"after":${r.op === "d" ? "null" : image(r, false)},"op":"${r.op}"}`;
  return { p, o: String(o), ts: new Date(r.ts).toISOString(), op: r.op, key: `{"id":${r.id}}`, value: value.slice(0, 512), key_id: 12, value_id: 41, size: 412 + Number(o % 80n), headers: 2, tombstone: false };
}

const node = (t: string, v: string, raw?: string) => ({ t, v, ...(raw === undefined ? {} : { raw }) });

function imageNode(r: MockRecord, old: boolean) {
  return { t: "record", f: [
    ["id", node("decimal", String(r.id), "bytes 20 00 00 00 00 00 01")], ["customer_id", node("long", String(r.o % 90000n))],
    ["status", node("enum", old ? "new" : r.status)], ["amount", node("decimal", r.amount, "0x01f4")],
    ["created_at", node("timestamp-micros", "2026-11-26T21:04:11.120933Z", "1795727051120933")],
    ["note", r.op === "u" ? node("string", "call before delivery") : { t: "null" }],
    ["extra", node("string", '{"channel": "web", "tags": ["a", "b"]}')],
  ] };
}

export function record(topic: string, p: number, o: bigint) {
  const r = recordAt(topic, p, o), table = topic.replace(/^demo\./, "");
  const before = r.op === "c" ? { t: "null" } : imageNode(r, true);
  const after = r.op === "d" ? { t: "null" } : imageNode(r, false);
  const source = { t: "record", f: [["version", node("string", "0.1.0")], ["connector", node("string", "mysql")], ["name", node("string", "demo")], ["ts_ms", node("long", String(r.ts))], ["db", node("string", "shop")], ["table", node("string", table.split(".")[1] ?? "")], ["server_id", node("long", "1")], ["gtid", node("string", "0-1-9931204")], ["file", node("string", "mariadb-bin.000042")], ["pos", node("long", "81204410")], ["row", node("int", "0")]] };
  const row = rowOf(topic, p, o);
  return {
    topic, partition: p, offset: String(o), timestamp: row.ts, timestamp_type: "create", size: row.size,
    key: { format: "avro", schema_id: 12, subject: `${topic}-key`, version: 1, size: 14, node: { t: "record", f: [["id", node("decimal", String(r.id))]] }, text: row.key, hex: "00 00 00 00 0c 10 20 00 00 00 00 00 01", truncated: false },
    value: { format: "avro", schema_id: 41, subject: `${topic}-value`, version: 3, size: row.size - 14, node: { t: "record", f: [["before", before], ["after", after], ["source", source], ["op", node("string", r.op)], ["ts_ms", node("long", String(r.ts))], ["transaction", { t: "null" }]] }, text: row.value, hex: "00 00 00 00 29 00 02 10 20 00 00 00 00 00 01 a0 9c 01 06 6e 65 77 06 13 88", truncated: false },
    headers: [{ name: "traceparent", text: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", hex: null }, { name: "__debezium.context", text: "shop", hex: null }],
    previous: o > kBegin ? String(o - 1n) : null, next: o + 1n < endOf(topic) ? String(o + 1n) : null,
    cdc: topic.startsWith("demo.shop.") ? {
      op: r.op, table, pk: [{ column: "id", text: String(r.id) }], changed: r.op === "u" ? ["status"] : [],
      source: { connector: "mysql", server: "demo", file: "mariadb-bin.000042", pos: "81204410", row: 0, gtid: "0-1-9931204", ts: row.ts, snapshot: "false" },
      version: "00000000002a00000004d7151a00000001", transaction: null,
    } : null,
  };
}

const schema = (version: number) => JSON.stringify({
  type: "record", name: "Envelope", namespace: "demo.shop.orders", fields: [
    { name: "before", type: ["null", { type: "record", name: "Value", fields: [
      { name: "id", type: { type: "bytes", scale: 0, precision: 20, "connect.name": "org.apache.kafka.connect.data.Decimal", logicalType: "decimal" } }, { name: "customer_id", type: "long" },
      { name: "status", type: { type: "string", "connect.name": "io.debezium.data.Enum" } },
      { name: "amount", type: { type: "bytes", scale: version > 1 ? 2 : 0, precision: 12, logicalType: "decimal" } },
      ...(version > 2 ? [{ name: "gift_note", type: ["null", "string"], default: null }] : []),
    ] }], default: null },
    { name: "after", type: ["null", "Value"], default: null }, { name: "op", type: "string" },
  ],
});

export const subjects = () => topics().filter((t) => t.table).flatMap((t, i) => [
  { subject: `${t.name}-key`, versions: 1, latest_id: 12 + i, type: "AVRO", level: "BACKWARD", level_own: false, topic: t.name, deleted: false },
  { subject: `${t.name}-value`, versions: i === 0 ? 3 : 1, latest_id: i === 0 ? 41 : 20 + i, type: "AVRO", level: i === 0 ? "FULL" : "BACKWARD", level_own: i === 0, topic: t.name, deleted: false },
]);

export const subject = (name: string) => ({
  subject: name, level: "BACKWARD",
  versions: name.endsWith("-key") ? [{ version: 1, id: 12, schema: '{"type":"record","name":"Key","namespace":"demo.shop.orders","fields":[{"name":"id","type":"long"}]}' }]
    : [1, 2, 3].map((version) => ({ version, id: 20 + version * 7, schema: schema(version) })),
});

export const groups = () => [
  { group: "rowhouse-shop", state: "Stable", protocol: "cooperative-sticky", members: 1, topics: tables().map((t) => t.topic), lag: "5310", lag_s: 41, trend_per_s: -120 },
  { group: "kafka_tables.orders_queue", state: "Stable", protocol: "range", members: 3, topics: ["demo.shop.orders"], lag: "22", lag_s: 0.2, trend_per_s: 0 },
  { group: "analytics-export", state: "Empty", protocol: "", members: 0, topics: ["demo.shop.orders", "demo.shop.payments"], lag: "9114002", lag_s: 88000, trend_per_s: 652 },
];

export const group = (name: string) => {
  const found = groups().find((g) => g.group === name);
  if (!found) return null;
  return { ...found, partitions: found.topics.flatMap((topic) => Array.from({ length: kPartitions }, (_, partition) => {
    const lag = BigInt((partition * 7 + topic.length) % 23);
    return { topic, partition, committed: String(endOf(topic) - lag), begin: String(kBegin), end: String(endOf(topic)), lag: String(lag), lag_s: 0.2 * partition, member: found.members ? `${name}-${partition % Math.max(1, found.members)}-5c1f` : "", host: found.members ? "/127.0.0.1" : "" };
  })) };
};

export const connectors = () => [
  { name: "shop (capture)", own: true, type: "source", state: "RUNNING", worker: "rowhouse", tasks: [{ id: 0, state: "RUNNING", worker: "rowhouse", trace: null }], topics: tables().map((t) => t.topic), config: { "source.host": "127.0.0.1", "kafka.delivery": "exactly-once" } },
  { name: "shop (sink)", own: true, type: "sink", state: "RUNNING", worker: "rowhouse", tasks: [{ id: 0, state: "RUNNING", worker: "rowhouse", trace: null }], topics: tables().map((t) => t.topic), config: { "sink.mode": "native" } },
  { name: "s3-archive", own: false, type: "sink", state: "FAILED", worker: "10.0.4.2:8083", tasks: [{ id: 0, state: "FAILED", worker: "10.0.4.2:8083", trace: "org.apache.kafka.connect.errors.ConnectException: AccessDenied\n\tat io.example.S3Sink.put(S3Sink.java:120)\n\tat org.apache.kafka.connect.runtime.WorkerSinkTask.deliver(WorkerSinkTask.java:605)" }], topics: ["demo.shop.orders"], config: { "connector.class": "io.example.S3Sink", "tasks.max": "1" } },
];

export const builtinCluster = () => ({
  id: "local", name: "Built in", color: "brick", builtin: true, bootstrap: "127.0.0.1:9092", security: { protocol: "PLAINTEXT", mechanism: "", username: "", ca: "" }, properties: {},
  registry: { url: "http://127.0.0.1:8081", username: "", ca: "" }, connect: null,
});

export const clusterState = (cluster: object) => ({ ...cluster, cluster_id: "MkU3OEVBNTcwNTJENDM2Qk", brokers: [{ id: 1, address: "127.0.0.1:9092", controller: true }], topics: topics().length, state: "ok", note: "" });

export function topicDetail(name: string) {
  const found = topics().find((t) => t.name === name);
  if (!found) return null;
  return {
    ...found,
    settings: [{ name: "cleanup.policy", value: found.cleanup, default: false }, { name: "retention.ms", value: found.retention_ms ?? "-1", default: true }, { name: "compression.type", value: "producer", default: true }, { name: "max.message.bytes", value: "104857600", default: false }],
    offsets: Array.from({ length: found.partitions }, (_, partition) => ({ partition, begin: String(kBegin), end: String(endOf(name)), leader: 1, replicas: [1], isr: [1] })),
    groups: groups().filter((g) => g.topics.includes(name)).map((g) => g.group), subjects: found.table ? [`${name}-key`, `${name}-value`] : [],
  };
}

export function trace(table: string, pk: string) {
  const hops = (start: number) => {
    const at = (ms: number | null) => (ms === null ? null : new Date(Date.now() - start * 1000 + ms).toISOString());
    const steps: [string, number | null, number | null, string][] = [
      ["committed", 0, null, "mariadb-bin.000042:81204410 row 0"], ["read", 1.2, 1.2, "server 1"], ["produced", 3.1, 1.9, `demo.${table} partition 1`],
      ["acked", null, null, "offset 160388"], ["inserted", 212.5, 209.4, "kafka_tables.orders part all_1021_1021_0"], ["visible", null, null, "demo_tables.orders part all_998_998_0"],
    ];
    return steps.map(([hop, ms, since_ms, place]) => ({ hop, reached: true, at: at(ms), since_ms, place }));
  };
  const r = { p: 1, o: 160388n, ts: Date.now(), op: "u", id: BigInt(/^\d+$/.test(pk) ? pk : 42), amount: "129.90", status: "paid" };
  return { table, pk: `id=${r.id}`, changes: [
    { table, pk: `id=${r.id}`, op: "u", gtid: "0-1-9931204", version: "00000000002a00000004d7151a00000001", hops: hops(12), before: imageNode(r, true), after: imageNode(r, false) },
    { table, pk: `id=${r.id}`, op: "c", gtid: "0-1-9921881", version: "00000000002a00000004d0001a00000001", hops: hops(340), before: null, after: imageNode(r, true) },
  ], source_row: imageNode(r, false), target_row: imageNode(r, false), equal: true, note: "" };
}

export const oldest = ago;
