// The pipeline that the mock shows: a shop of a few tables, one of them in trouble.
const kStarted = Date.now();

export const ago = (seconds: number) => new Date(kStarted - seconds * 1000).toISOString();
const wave = (base: number, spread: number, phase = 0) =>
  base + spread * Math.sin((Date.now() - kStarted) / 9000 + phase) + spread * 0.3 * Math.sin((Date.now() - kStarted) / 1700 + phase);

const kTooLarge = "E-KAFKA-004 shop.products, row {\"id\":7} at mariadb-bin.000042:801: the record is too large";
const kTables = [
  { name: "orders", rows: 48120331n, rate: 512, state: "running" },
  { name: "order_items", rows: 131004220n, rate: 1480, state: "running" },
  { name: "products", rows: 100000n, rate: 38, state: "failed" },
  { name: "customers", rows: 2214908n, rate: 21, state: "running" },
  { name: "payments", rows: 9004112n, rate: 140, state: "degraded" },
  { name: "stock_moves", rows: 18440110n, rate: 260, state: "snapshot" },
  { name: "audit", rows: 2000001n, rate: 0, state: "paused" },
  { name: "sessions", rows: 640221n, rate: 96, state: "running" },
];

export const dataTopic = (table: string) => `shop.${table.replace(/^shop\./, "shop.")}`;

export function tables() {
  const tick = BigInt(Math.floor((Date.now() - kStarted) / 1000));
  return kTables.map((t, i) => {
    const paused = t.state === "paused", loading = t.state === "snapshot", bad = t.state === "degraded";
    const source = t.rows + tick * BigInt(Math.ceil(t.rate / 10));
    const target = loading ? (source * 64n) / 100n : bad ? source - 5210n : source;
    return {
      table: `shop.${t.name}`, topic: `demo.shop.${t.name}`, state: t.state,
      note: bad ? "too many parts in demo_tables.payments, backing off" : t.state === "failed" ? kTooLarge : "",
      code: bad ? "E-CH-012" : t.state === "failed" ? "E-KAFKA-004" : "", source_rows: String(source), target_rows: String(target),
      messages: String(source * 2n), lag_records: paused ? null : String(bad ? 5210 : Math.max(0, Math.round(wave(40, 38, i)))),
      fresh_s: paused ? 7300 : bad ? 41 : Number(wave(0.35, 0.12, i).toFixed(2)), dead_letters: String(bad ? 2 : 0),
      last_event_at: paused ? ago(7300) : new Date(Date.now() - 300 - i * 90).toISOString(),
      load: loading ? { rows: String(target), estimated_rows: String(source), percent: 64, rows_per_s: Math.round(wave(182000, 9000)), eta_s: 36 } : null,
      key: ["id"],
      verified: i % 3 === 0 ? { at: ago(3600 * (i + 1)), mode: "checksum", differing: "0" } : null,
      paused: paused ? { by: "ana@example.com", reason: "migration of the ledger", since: ago(7300) } : null,
      left_out: t.state === "failed" ? { from: "mariadb-bin.000042:417", to: null, why: kTooLarge } : null,
    };
  });
}

export function setState(name: string, state: string) {
  for (const t of kTables) if (`shop.${t.name}` === name) t.state = state;
}

export function overview() {
  const events = wave(2540, 220), lag = wave(0.3, 0.1);
  return {
    verdict: "DEGRADED", since: ago(86400 * 3 + 4210), pipeline: "shop", delivery: "exactly-once",
    sentence: "6 of 8 tables flow; rows are 0.4 s old. shop.payments backs off: ClickHouse has too many parts.",
    freshness_s: Number((lag + 0.1).toFixed(2)), lag_s: Number(lag.toFixed(2)), events_per_s: Math.round(events),
    records_per_s: Math.round(events * 1.01), rows_per_s: Math.round(wave(2530, 260, 0.4)), errors: "0", dead_letters: "2",
    tables: { total: 8, running: 4, loading: 1, failed: 1, paused: 1 },
    source: {
      kind: "MariaDB", version: "10.11.14", address: "127.0.0.1:13306", state: "ok", position: "mariadb-bin.000042:81204410",
      gtid: "0-1-9931204", behind_bytes: "18204", retention_s: 532800, note: "",
    },
    kafka: { bootstrap: "127.0.0.1:9092", state: "ok", brokers: 1, topics: 14, note: "" },
    registry: { url: "http://127.0.0.1:8081", state: "ok", note: "" },
    clickhouse: { url: "http://127.0.0.1:8123", version: "26.7.3", state: "waiting", note: "too many parts in demo_tables.payments" },
    troubles: [{
      part: "clickhouse", code: "E-CH-012", since: ago(95),
      message: "demo_tables.payments has 312 active parts; inserts are held back to let merges catch up",
      fix: "Raise sink.batch_rows, or give ClickHouse more merge threads (background_pool_size)",
    }],
    last_ddl: { at: ago(5400), table: "shop.orders", sql: "ALTER TABLE orders ADD COLUMN gift_note VARCHAR(200) NULL", outcome: "applied" },
    lanes: kTables.filter((t) => t.rate).sort((a, b) => b.rate - a.rate).map((t, i) => ({
      table: `shop.${t.name}`, topic: `demo.shop.${t.name}`, state: t.state, events_per_s: Math.round(wave(t.rate, t.rate * 0.15, i)),
      lag_records: String(t.state === "degraded" ? 5210 : Math.round(Math.max(0, wave(40, 38, i)))),
      rows_per_s: Math.round(wave(t.rate, t.rate * 0.18, i + 0.5)), fresh_s: t.state === "degraded" ? 41 : Number(wave(0.35, 0.1, i).toFixed(2)),
    })),
  };
}

const kRanges: Record<string, number> = { "5m": 300, "15m": 900, "1h": 3600, "6h": 21600, "24h": 86400 };

export function series(names: string[], range: string) {
  const total = kRanges[range] ?? 900, step = Math.max(1, total / 300), count = Math.floor(total / step);
  const from = Date.now() - total * 1000;
  const shape: Record<string, [number, number]> = {
    events_per_s: [2540, 300], records_per_s: [2560, 300], rows_per_s: [2530, 360], lag_s: [0.3, 0.12], freshness_s: [0.4, 0.14],
    rss_bytes: [148e6, 4e6], cpu: [0.31, 0.05],
  };
  return {
    step_s: step, from: new Date(from).toISOString(),
    series: names.map((name, n) => {
      const [base, spread] = shape[name] ?? [1, 0.2];
      return {
        name, labels: {},
        values: Array.from({ length: count }, (_, i) => {
          const at = (from + i * step * 1000) / 1000;
          const bump = name.endsWith("_s") && i > count * 0.7 && i < count * 0.76 ? base * 0.8 : 0;
          return Math.max(0, base + spread * Math.sin(at / 47 + n) + spread * 0.5 * Math.sin(at / 11.3 + n * 2) + bump);
        }),
      };
    }),
  };
}

export function schemaChanges() {
  const item = (seconds: number, table: string, sql: string, outcome: string, steps: string[], note = "") =>
    ({ at: ago(seconds), table, position: `mariadb-bin.000042:${81204410 - seconds * 31}`, sql, outcome, steps, note });
  return [
    item(5400, "shop.orders", "ALTER TABLE orders ADD COLUMN gift_note VARCHAR(200) NULL", "applied",
      ["subject demo.shop.orders-value: version 3 (id 41)", "ALTER TABLE kafka_tables.orders ADD COLUMN gift_note Nullable(String)", "ALTER TABLE demo_tables.orders ADD COLUMN gift_note Nullable(String)", "view orders_mv replaced"]),
    item(86500, "shop.payments", "ALTER TABLE payments MODIFY amount DECIMAL(14,4) NOT NULL", "applied", ["queue payments_queue made anew: Decimal(14, 4)", "demo_tables.payments.amount: Decimal(12, 2) to Decimal(14, 4)"]),
    item(172000, "shop.audit", "CREATE TRIGGER audit_ai AFTER INSERT ON audit FOR EACH ROW BEGIN END", "ignored", [], "changes no table"),
    item(200100, "shop.sessions", "TRUNCATE TABLE sessions", "applied", ["a mark at version 0000002a… voids lower versions in demo_tables.sessions"]),
  ];
}

export function tableDetail(name: string) {
  const item = tables().find((t) => t.table === name);
  if (!item) return null;
  const short = name.split(".")[1];
  return {
    ...item,
    columns: [
      { name: "id", mysql: "bigint unsigned", avro: "bytes, Decimal(20,0)", clickhouse: "UInt64", nullable: false, key: true, lossy: false, note: "" },
      { name: "customer_id", mysql: "bigint", avro: "long", clickhouse: "Int64", nullable: false, key: false, lossy: false, note: "" },
      { name: "status", mysql: "enum('new','paid','shipped','returned')", avro: "string, io.debezium.data.Enum", clickhouse: "LowCardinality(String)", nullable: false, key: false, lossy: false, note: "" },
      { name: "amount", mysql: "decimal(12,2)", avro: "bytes, Decimal(12,2)", clickhouse: "Decimal(12, 2)", nullable: false, key: false, lossy: false, note: "" },
      { name: "created_at", mysql: "datetime(6)", avro: "long, MicroTimestamp", clickhouse: "DateTime64(6, 'UTC')", nullable: false, key: false, lossy: true, note: "years before 1900 and after 2299 are clamped and counted" },
      { name: "note", mysql: "text", avro: "string", clickhouse: "Nullable(String)", nullable: true, key: false, lossy: false, note: "" },
      { name: "extra", mysql: "json", avro: "string, io.debezium.data.Json", clickhouse: "Nullable(String)", nullable: true, key: false, lossy: false, note: "" },
    ],
    objects: [
      { name: `kafka_tables.${short}_queue`, kind: "Kafka queue", sql: `CREATE TABLE kafka_tables.${short}_queue\n(\n    \`before.Value.id\` Nullable(UInt64),\n    \`after.Value.id\` Nullable(UInt64),\n    op String\n)\nENGINE = Kafka\nSETTINGS kafka_broker_list = '127.0.0.1:9092', kafka_topic_list = 'demo.shop.${short}', kafka_format = 'AvroConfluent'` },
      { name: `kafka_tables.${short}`, kind: "history", sql: `CREATE TABLE kafka_tables.${short}\n(\n    op LowCardinality(String),\n    after_id Nullable(UInt64),\n    kafka_timestamp DateTime64(3) DEFAULT now64(3)\n)\nENGINE = MergeTree\nORDER BY (topic, partition, offset)` },
      { name: `demo_tables.${short}`, kind: "current rows", sql: `CREATE TABLE demo_tables.${short}\n(\n    id UInt64,\n    amount Decimal(12, 2),\n    _version UInt128,\n    _is_deleted UInt8\n)\nENGINE = ReplacingMergeTree(_version, _is_deleted)\nORDER BY id` },
    ],
    ddl: schemaChanges().filter((change) => change.table === name),
    errors: item.code ? [{ at: ago(95), code: item.code, message: item.note }] : [],
  };
}

export const backfills = () => [
  { id: "b7", table: "shop.orders", mode: "missing", from: "2026-10-01", to: "2026-11-01", state: "running", read: "1840220", present: "1839910", inserted: "310", changed: "0", failed: "0", percent: 61, eta_s: 14, where: "`created_at` >= '2026-10-01' AND `created_at` < '2026-11-01'", waiting: null, error: "", started_at: ago(22), ended_at: null },
  { id: "b8", table: "shop.order_items", mode: "changed", from: null, to: null, state: "stopped", read: "52000", present: "52000", inserted: "0", changed: "0", failed: "0", percent: null, eta_s: null, where: "(qty > 7\n)", waiting: null, error: "stopped", started_at: ago(70000), ended_at: ago(69900) },
  { id: "b6", table: "shop.customers", mode: "changed", from: null, to: null, state: "done", read: "2214908", present: "2214890", inserted: "0", changed: "18", failed: "0", percent: 100, eta_s: null, where: "(1\n)", waiting: null, error: "", started_at: ago(90000), ended_at: ago(89961) },
  { id: "b5", table: "shop.payments", mode: "all", from: "2026-01-01", to: "2026-02-01", state: "cancelled", read: "120000", present: "0", inserted: "120000", changed: "0", failed: "0", percent: 14, eta_s: null, where: "`created_at` >= '2026-01-01'", waiting: null, error: "", started_at: ago(190000), ended_at: ago(189990) },
];

export const verify = () => ({
  running: [{ id: "v9", table: "shop.order_items", mode: "checksum", percent: 42, started_at: ago(31) }],
  last: [
    { table: "shop.orders", mode: "checksum", at: ago(3600), seconds: 41.2, source_rows: "48120001", target_rows: "48120001", differing: "0", first: [] },
    { table: "shop.products", mode: "rows", at: ago(7200), seconds: 0.9, source_rows: "100000", target_rows: "99999", differing: "2", first: [
      { key: "id=4711", kind: "different", cells: [{ column: "price", source: "19.99", target: "18.99" }] },
      { key: "id=90071992547409931", kind: "missing", cells: [] },
    ] },
  ],
});

export const deadLetters = () => [
  { table: "shop.payments", topic: "demo.shop.payments", count: "2", newest_at: ago(4000), kinds: [{ code: "E-SINK-004", count: "2" }] },
];

export const deadLetterRows = () => [
  { id: "d1", at: ago(4000), topic: "demo.shop.payments", partition: 1, offset: "448120", error: "E-SINK-004 amount 99999999999.99 does not fit Decimal(12, 2)", value_preview: '{"before":null,"after":{"id":88120,"amount":"99999999999.99","currency":"EUR"},"op":"c"}' },
  { id: "d2", at: ago(4090), topic: "demo.shop.payments", partition: 0, offset: "448001", error: "E-SINK-004 amount 88888888888.88 does not fit Decimal(12, 2)", value_preview: '{"before":null,"after":{"id":88119,"amount":"88888888888.88","currency":"EUR"},"op":"c"}' },
];
