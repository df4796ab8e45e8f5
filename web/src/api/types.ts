// What the server answers, as docs/design/console.md says it. Counts and every
// value out of a row are text; only measurements are numbers.

export type Role = "viewer" | "operator" | "admin";

export interface Page<T> {
  items: T[];
  next?: string | null;
  total?: number;
}

export interface Session {
  user: { email: string; role: Role };
  csrf: string;
  server: { version: string; pipeline: string; demo: boolean; read_only: boolean; now: string };
}

export interface User {
  email: string;
  role: Role;
  created_at: string;
  last_sign_in_at: string | null;
}

export interface Token {
  id: string;
  name: string;
  role: Role;
  created_at: string;
  last_used_at: string | null;
  expires_at: string | null;
  token?: string;
}

export interface AuditEntry {
  at: string;
  who: string;
  role: string;
  from: string;
  action: string;
  target: string;
  outcome: string;
  detail: string;
}

export type PartState = "ok" | "waiting" | "down" | "off";

export interface Trouble {
  part: string;
  code: string;
  message: string;
  since: string;
  fix: string;
}

export interface Lane {
  table: string;
  topic: string;
  state: string;
  events_per_s: number | null;
  lag_records: string | number | null;
  rows_per_s: number | null;
  fresh_s: number | null;
}

export interface Overview {
  verdict: "RUNNING" | "LOADING" | "DEGRADED" | "STOPPED" | "STANDBY";
  sentence: string;
  since: string;
  pipeline: string;
  delivery: string;
  freshness_s: number | null;
  lag_s: number | null;
  events_per_s: number | null;
  records_per_s: number | null;
  rows_per_s: number | null;
  errors: string | number;
  dead_letters: string | number;
  tables: { total: number; running: number; loading: number; failed: number; paused: number };
  source: {
    kind: string; version: string; address: string; state: PartState; position: string; gtid: string;
    behind_bytes: string | number | null; retention_s: number | null; note: string;
  };
  kafka: { bootstrap: string; state: PartState; brokers: number; topics: number; note: string };
  registry: { url: string; state: PartState; note: string };
  clickhouse: { url: string; version: string; state: PartState; note: string };
  troubles: Trouble[];
  last_ddl: { at: string; table: string; sql: string; outcome: string } | null;
  lanes: Lane[];
}

export interface Series {
  step_s: number;
  from: string;
  series: { name: string; labels: Record<string, string>; values: (number | null)[] }[];
}

export interface Table {
  table: string;
  topic: string;
  state: "new" | "snapshot" | "running" | "degraded" | "paused" | "failed" | "gone";
  note: string;
  code: string;
  source_rows: string | null;
  target_rows: string | null;
  messages: string | null;
  lag_records: string | null;
  fresh_s: number | null;
  dead_letters: string | number;
  last_event_at: string | null;
  load: { rows: string; estimated_rows: string; percent: number; rows_per_s: number; eta_s: number | null } | null;
  key: string[];
  verified: { at: string; mode: string; differing: string | number } | null;
  paused: { by: string; reason: string; since: string } | null;
  left_out: { from: string; to: string | null; why: string } | null;
}

export interface Column {
  name: string;
  mysql: string;
  avro: string;
  clickhouse: string;
  nullable: boolean;
  key: boolean;
  lossy: boolean;
  note: string;
}

export interface TableDetail extends Table {
  columns: Column[];
  objects: { name: string; kind: string; sql: string }[];
  ddl: SchemaChange[];
  errors: { at: string; code: string; message: string }[];
}

export interface SchemaChange {
  at: string;
  table: string;
  position: string;
  sql: string;
  outcome: string;
  steps: string[];
  note: string;
}

export interface Backfill {
  id: string;
  table: string;
  mode: string;
  from: string | null;
  to: string | null;
  state: string;
  read: string;
  present: string;
  inserted: string;
  changed: string;
  failed: string;
  percent: number | null;
  eta_s: number | null;
  where: string;
  waiting: string | null; // for what
  error: string;
  started_at: string;
  ended_at: string | null;
}

/** What a dry run counted: in its time, or of all rows. */
export interface BackfillLook {
  complete: boolean;
  rows: string | null; // in all, as far as is known
  read: string;
  present: string;
  inserted: string;
  changed: string;
  seconds: number;
  differences: string[];
}

export interface VerifyResult {
  table: string;
  state?: string; // equal, different, repaired, undecided, skipped, failed
  error?: string;
  note?: string;
  mode: string;
  at: string;
  seconds: number;
  source_rows: string | null;
  target_rows: string | null;
  differing: string | number;
  first: { key: string; kind: string; cells: { column: string; source: string | null; target: string | null }[] }[];
}

export interface Verify {
  running: { id?: string; table: string; mode: string; percent?: number | null; started_at?: string }[];
  last: VerifyResult[];
}

export interface DeadLetters {
  table: string;
  topic: string;
  count: string | number;
  newest_at: string | null;
  kinds: { code: string; count: string | number }[];
}

export interface DeadLetter {
  id: string;
  at: string;
  topic: string;
  partition: number;
  offset: string | number;
  error: string;
  value_preview: string;
}

/** A decoded value: a scalar, a record, an array or a map. */
export type Node =
  | { t: "record" | "map"; f: [string, Node][] }
  | { t: "array"; i: Node[] }
  | { t: string; v?: string; raw?: string };

export interface Hop {
  hop: "committed" | "read" | "produced" | "acked" | "inserted" | "visible";
  reached: boolean;
  at: string | null;
  since_ms: number | null;
  place: string;
}

export interface Trace {
  table: string;
  pk: string;
  changes: { table: string; pk: string; op: string; gtid: string; version: string; hops: Hop[]; before: Node | null; after: Node | null }[];
  source_row: Node | null;
  target_row: Node | null;
  equal: boolean | null;
  note: string;
}

export interface Service {
  name: string;
  kind: "database" | "broker" | "registry" | "clickhouse" | "capture" | "sink" | "console";
  state: "ready" | "starting" | "waiting" | "failed" | "stopped" | "remote";
  managed: boolean;
  address: string;
  version: string;
  pid: number | null;
  since: string | null;
  restarts: number;
  rss_bytes: number | null;
  note: string;
  code: string;
  fix: string;
  has_log: boolean;
}

export interface LogLine {
  n: number;
  at: string | null;
  level: string;
  text: string;
}

export interface SqlResult {
  columns: { name: string; type: string }[];
  rows: (string | null)[][];
  rows_read: string | number | null;
  bytes_read: string | number | null;
  elapsed_ms: number;
  truncated: boolean;
}

export interface SqlTable {
  database: string;
  table: string;
  columns: { name: string; type: string }[];
}

export interface Cluster {
  id: string;
  name: string;
  color: string;
  builtin: boolean;
  bootstrap: string;
  security: { protocol: string; mechanism: string; username: string; ca: string; password_set?: boolean };
  properties: Record<string, string>;
  registry: { url: string; username: string; ca: string; password_set?: boolean } | null;
  connect: { url: string; username: string; password_set?: boolean } | null;
}

export interface ClusterState extends Cluster {
  cluster_id: string;
  brokers: { id: number; address: string; controller: boolean }[];
  topics: number;
  state: PartState;
  note: string;
}

export interface TestHop {
  step: string;
  ok: boolean;
  ms: number | null;
  note: string;
  code?: string;
  fix?: string;
}

export interface TestResult {
  ok: boolean;
  parts: { part: "kafka" | "registry" | "connect"; ok: boolean; hops: TestHop[] }[];
}

export interface Topic {
  name: string;
  partitions: number;
  replication: number;
  records: string | number | null;
  bytes: string | number | null;
  internal: boolean;
  table: string | null;
  cleanup: string;
  retention_ms: string | number | null;
}

export interface TopicDetail extends Topic {
  settings: { name: string; value: string; default: boolean }[];
  offsets: {
    partition: number; begin: string | number; end: string | number; leader: number; replicas: number[]; isr: number[];
  }[];
  groups: (string | { group: string; lag?: string | number })[];
  subjects: string[];
}

export interface Row {
  p: number;
  o: string | number;
  ts: string | number;
  op?: string | null;
  key: string | null;
  value: string | null;
  key_id?: number | null;
  value_id?: number | null;
  size: number;
  headers?: number | { name: string; text: string }[] | null;
  tombstone?: boolean;
  error?: string;
}

export interface Progress {
  scanned: string | number;
  matched: string | number;
  bytes: string | number;
  skipped_undecodable?: string | number;
  partitions?: { partition: number; at: string | number; begin: string | number; end: string | number }[];
  percent: number | null;
  rate: number | null;
}

export interface RecordPart {
  format: "avro" | "json" | "string" | "bytes" | "null";
  schema_id: number | null;
  subject: string | null;
  version: number | null;
  size: number;
  node: Node | null;
  text: string | null;
  hex: string | null;
  truncated: boolean;
}

export interface RecordDetail {
  topic: string;
  partition: number;
  offset: string | number;
  timestamp: string | number;
  timestamp_type: string;
  size: number;
  key: RecordPart;
  value: RecordPart;
  headers: { name: string; text: string | null; hex: string | null }[];
  previous: string | number | null;
  next: string | number | null;
  cdc: {
    op: string;
    table: string;
    pk: { column: string; text: string }[];
    changed: string[];
    source: {
      connector: string; server: string; file: string; pos: string | number; row: number; gtid: string | null;
      ts: string | number; snapshot: string;
    };
    version: string | null;
    transaction: string | null | { id: string };
  } | null;
}

export interface Field {
  path: string;
  type: string;
}

export interface Group {
  group: string;
  state: string;
  protocol: string;
  members: number;
  topics: string[] | number;
  lag: string | number | null;
  lag_s: number | null;
  trend_per_s: number | null;
}

export interface GroupDetail extends Group {
  partitions: {
    topic: string; partition: number; committed: string | number | null; begin: string | number; end: string | number;
    lag: string | number | null; lag_s: number | null; member: string; host: string;
  }[];
}

export interface ResetLine {
  topic: string;
  partition: number;
  from: string | number | null;
  to: string | number;
}

export interface Subject {
  subject: string;
  versions: number | number[];
  latest_id: number;
  type: string;
  level: string;
  level_own: boolean;
  topic: string | null;
  deleted: boolean;
}

export interface SubjectDetail {
  subject: string;
  level: string;
  versions: { version: number; id: number; schema: string }[];
}

export interface Connector {
  name: string;
  own: boolean;
  type: "source" | "sink";
  state: string;
  worker: string;
  trace?: string | null;
  tasks: { id: number; state: string; worker: string; trace?: string | null }[];
  topics: string[];
  config: Record<string, string>;
}

export interface Alerts {
  active: {
    rule: string; severity: string; table: string | null; value: string | number; since: string; message: string;
    fix: string; silenced_until: string | null;
  }[];
  rules: {
    name: string; expr: string; for_s: number; severity: string; enabled: boolean; description: string;
    threshold?: number | null;
  }[];
  history: {
    rule: string; table: string | null; fired_at: string; resolved_at: string | null; value: string | number;
  }[];
}

export interface Channel {
  id: string;
  kind: "webhook" | "slack" | "mail";
  name: string;
  url?: string;
  to?: string;
  from?: string;
  smtp?: string;
  user?: string;
  password?: string;
  origin?: "console" | "configuration";
  last_error?: string | null;
  min_severity: string;
}

export interface View {
  name: string;
  path: string;
  query: string;
}

export interface Setting {
  key: string;
  value: string;
  origin: string;
  description?: string;
}
