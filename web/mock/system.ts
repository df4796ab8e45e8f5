// Services, logs, alerts, people and SQL of the mock.
import { ago } from "./pipeline.ts";
import { randomFrom } from "./random.ts";

export const services = () => {
  const item = (name: string, kind: string, address: string, version: string, pid: number, rss: number, more = {}) => ({
    name, kind, state: "ready", managed: true, address, version, pid, since: ago(86400 * 3 + 4300), restarts: 0, rss_bytes: rss, note: "", code: "", fix: "", has_log: true, ...more,
  });
  return [
    item("mariadb", "database", "127.0.0.1:13306", "10.11.14", 4101, 212e6), item("kafka", "broker", "127.0.0.1:9092", "4.1.1", 4130, 381e6),
    item("registry", "registry", "127.0.0.1:8081", "0.1.0", 4099, 21e6), item("clickhouse", "clickhouse", "127.0.0.1:8123", "26.7.3", 4177, 642e6, { restarts: 1, since: ago(7200), state: "waiting", note: "too many parts in demo_tables.payments", code: "E-CH-012", fix: "Raise sink.batch_rows" }),
    item("capture", "capture", "in process", "0.1.0", 4099, 148e6), item("sink", "sink", "in process", "0.1.0", 4099, 148e6), item("console", "console", "127.0.0.1:8087", "0.1.0", 4099, 148e6),
  ];
};

const kTexts = [
  ["info", "checkpoint at mariadb-bin.000042:81204410, 0 in flight"], ["info", "inserted 4,211 rows into demo_tables.orders in 38 ms"], ["debug", "batch of 1,204 records flushed after 5 ms"],
  ["info", "snapshot of shop.stock_moves: 64 %, 182,220 rows/s, 36 s left"], ["warn", "demo_tables.payments has 312 active parts; holding inserts back for 2 s (E-CH-012)"], ["error", "insert into demo_tables.payments refused: Too many parts (312 with average size of 1.20 MiB)"],
] as const;

export const logLine = (n: number) => {
  const [level, text] = kTexts[Math.floor(randomFrom(n)() * kTexts.length)]!;
  return { n: n * 120, at: new Date(Date.now() - (4000 - n) * 700).toISOString(), level, text: `${text}${n % 17 === 0 ? " table=shop.orders topic=demo.shop.orders partition=1" : ""}` };
};

export const alerts = () => ({
  active: [{ rule: "RowhouseSinkParts", severity: "warn", table: "shop.payments", value: "312", since: ago(95), message: "312 active parts in demo_tables.payments, more than 300 for 10 minutes", fix: "Raise sink.batch_rows, or give ClickHouse more merge threads", silenced_until: null }],
  rules: [
    { name: "RowhouseDown", expr: 'rowhouse_pipeline_state{state="failed"} == 1', for_s: 60, severity: "page", enabled: true, description: "The pipeline has failed", threshold: null },
    { name: "RowhouseLagHigh", expr: "rowhouse_source_lag_seconds > 30", for_s: 300, severity: "warn", enabled: true, description: "Events are read 30 s late or more", threshold: 30 },
    { name: "RowhouseBinlogAtRisk", expr: "lag + snapshot ETA > 50 % of retention", for_s: 60, severity: "page", enabled: true, description: "The server may drop logs that are not read yet", threshold: 50 },
    { name: "RowhouseSinkParts", expr: "rowhouse_sink_active_parts > 300", for_s: 600, severity: "warn", enabled: true, description: "ClickHouse merges fall behind", threshold: 300 },
    { name: "RowhouseDlqGrowing", expr: "increase(rowhouse_dlq_records_total[10m]) > 0", for_s: 0, severity: "warn", enabled: false, description: "Records could not be placed", threshold: 0 },
  ],
  history: [{ rule: "RowhouseLagHigh", table: null, fired_at: ago(90000), resolved_at: ago(89400), value: "44" }, { rule: "RowhouseSourceDisconnected", table: null, fired_at: ago(260000), resolved_at: ago(259910), value: "0" }],
});

export const channels = [{ id: "c1", kind: "slack", name: "Data on call", url: "https://hooks.example.com/…", min_severity: "warn" }];
export const users = [
  { email: "admin@test.com", role: "admin", created_at: ago(900000), last_sign_in_at: ago(40) }, { email: "ana@example.com", role: "operator", created_at: ago(600000), last_sign_in_at: ago(7300) },
  { email: "read@example.com", role: "viewer", created_at: ago(300000), last_sign_in_at: null },
];
export const tokens = [{ id: "t1", name: "grafana", role: "viewer", created_at: ago(500000), last_used_at: ago(12), expires_at: null }];
export const audit = () => [
  { at: ago(40), who: "admin@test.com", role: "admin", from: "127.0.0.1", action: "session.open", target: "", outcome: "success", detail: "" },
  { at: ago(7300), who: "ana@example.com", role: "operator", from: "10.0.4.31", action: "table.pause", target: "shop.audit", outcome: "success", detail: "migration of the ledger" },
  { at: ago(8100), who: "read@example.com", role: "viewer", from: "10.0.4.88", action: "table.resync", target: "shop.orders", outcome: "denied", detail: "needs the role operator" },
];
export const settings = [
  { key: "pipeline", value: "shop", origin: "rowhouse.yaml:2" }, { key: "source.host", value: "127.0.0.1", origin: "rowhouse.yaml:4" }, { key: "source.password", value: "••••••", origin: "file secrets/source" },
  { key: "kafka.delivery", value: "exactly-once", origin: "rowhouse.yaml:9" }, { key: "sink.batch_rows", value: "100000", origin: "default" }, { key: "console.listen", value: "127.0.0.1:8087", origin: "default" },
];
export const sqlTables = [
  { database: "demo_tables", table: "orders", columns: [{ name: "id", type: "UInt64" }, { name: "amount", type: "Decimal(12, 2)" }, { name: "created_at", type: "DateTime64(6)" }] },
  { database: "kafka_tables", table: "orders", columns: [{ name: "op", type: "String" }, { name: "kafka_timestamp", type: "DateTime64(3)" }] },
];

export function runSql(sql: string) {
  if (/boom/i.test(sql)) return null;
  const random = randomFrom(7);
  const rows = Array.from({ length: 60 }, (_, i) => [new Date(1795726800000 + i * 60000).toISOString().slice(0, 19).replace("T", " "), String(2000 + Math.floor(random() * 900)), `${Math.floor(random() * 90000)}.${10 + (i % 90)}`, String(9007199254740993n + BigInt(i))]);
  return { columns: [{ name: "minute", type: "DateTime" }, { name: "orders", type: "UInt64" }, { name: "revenue", type: "Decimal(38, 2)" }, { name: "last_id", type: "UInt64" }], rows, rows_read: "48120331", bytes_read: "384962648", elapsed_ms: 41.7, truncated: false };
}
