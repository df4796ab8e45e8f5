// Questions to ClickHouse: read only, as a table and as a chart.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { send, ApiError } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { SqlResult, SqlTable } from "../api/types.ts";
import { bytes, compact, grouped, millis } from "../lib/format.ts";
import { bind } from "../lib/keys.ts";
import { useQuery } from "../lib/query.ts";
import { chartOf } from "../lib/sql_chart.ts";
import { remembered } from "../lib/store.ts";
import { csvField, saveFile } from "../lib/export.ts";
import { Button, Chips, Empty, Failure, Loading } from "../ui/basic.tsx";
import { Chart } from "../ui/chart.tsx";
import type { Line } from "../ui/chart_canvas.ts";
import { DataTable, type ColumnOf } from "../ui/data_table.tsx";
import { Icon } from "../ui/icon.tsx";
import { Page } from "../ui/page.tsx";

const history = remembered<readonly string[]>("sql.history", []);
const kHistoryMax = 30;
const kStart = "SELECT database, table, sum(rows) AS rows, formatReadableSize(sum(bytes_on_disk)) AS size\nFROM system.parts\nWHERE active AND database IN ('demo_tables', 'kafka_tables')\nGROUP BY database, table\nORDER BY rows DESC";
const kColors = ["accent", "brick", "ok", "info", "warn", "bad"];

export default function SqlPage() {
  const [query, setQuery] = useQuery();
  const [sql, setSql] = useState(query.sql ?? history.peek()[0] ?? kStart);
  const [limit, setLimit] = useState(1000);
  const [result, setResult] = useState<SqlResult | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const run = async (text: string) => {
    if (text.trim() === "") return;
    setBusy(true);
    setError(null);
    setQuery({ sql: text });
    try {
      setResult(await send<SqlResult>("POST", "/sql", { sql: text, limit }));
      history.value = [text, ...history.peek().filter((old) => old !== text)].slice(0, kHistoryMax);
    } catch (reason) {
      setResult(null);
      setError(reason as ApiError);
    }
    setBusy(false);
  };
  useEffect(() => {
    if (query.sql) void run(query.sql);
  }, []);
  useEffect(() => bind({ keys: "e", says: "Go to the question", group: "SQL", run: () => area.current?.focus() }), []);
  const insert = (text: string) => {
    const at = area.current?.selectionStart ?? sql.length;
    setSql(`${sql.slice(0, at)}${text}${sql.slice(area.current?.selectionEnd ?? at)}`);
    area.current?.focus();
  };
  return (
    <Page crumbs={[{ text: "SQL" }]} fill class="sql-page">
      <div class="sql-grid">
        <TablesTree insert={insert} ask={(text) => {
          setSql(text);
          void run(text);
        }} />
        <div class="sql-main">
          <form onSubmit={(event) => {
            event.preventDefault();
            void run(sql);
          }}>
            <textarea
              ref={area} rows={Math.min(14, Math.max(5, sql.split("\n").length + 1))} aria-label="Question in SQL" spellcheck={false} value={sql} onInput={(e) => setSql(e.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
                  event.preventDefault();
                  void run(sql);
                } else if (event.key === "Escape") area.current?.blur();
              }}
            />
            <div class="bar">
              <Button type="submit" kind="primary" icon="play" busy={busy}>Run</Button><span class="faint"><kbd>Ctrl</kbd> <kbd>Enter</kbd></span>
              <select aria-label="At most" value={String(limit)} onChange={(e) => setLimit(Number(e.currentTarget.value))}>{[100, 1000, 10000].map((n) => <option key={n} value={String(n)}>{grouped(n)} rows</option>)}</select>
              {history.value.length > 0 && (
                <select aria-label="Asked before" value="" onChange={(e) => e.currentTarget.value && setSql(history.value[Number(e.currentTarget.value) - 1] ?? sql)}>
                  <option value="">Asked before …</option>{history.value.map((old, i) => <option key={old} value={String(i + 1)}>{old.replace(/\s+/g, " ").slice(0, 80)}</option>)}
                </select>
              )}
              <span class="spring" /><span class="faint">read only, 10 s at most</span>
            </div>
          </form>
          {busy && !result && <Loading what="ClickHouse is at work" />}
          {error && <Failure error={error} />}
          {result ? <Result result={result} /> : !busy && !error && <Empty icon="sql" title="Ask something">Every row that went through the pipeline is in <code>demo_tables</code>, every message in <code>kafka_tables</code>.</Empty>}
        </div>
      </div>
    </Page>
  );
}

function TablesTree({ insert, ask }: { insert: (text: string) => void; ask: (sql: string) => void }) {
  const tables = useResource<SqlTable[] | { items: SqlTable[] }>("/sql/tables");
  const list = Array.isArray(tables.data) ? tables.data : (tables.data?.items ?? []);
  const databases = [...new Set(list.map((t) => t.database))];
  return (
    <nav class="sql-tables" aria-label="Tables of ClickHouse">
      {databases.map((database) => (
        <section key={database}>
          <h3>{database}</h3>
          {list.filter((t) => t.database === database).map((table) => (
            <div class="sql-table" key={table.table}><details>
              <summary><span class="cut">{table.table}</span></summary>
              <ul>{table.columns.map((column) => (
                <li key={column.name}><button type="button" class="link" onClick={() => insert(quoteName(column.name))}>{column.name}</button><span class="faint cut" title={column.type}>{column.type}</span></li>
              ))}</ul>
            </details>
              <button type="button" class="copy" aria-label={`Show ${table.table}`} title="Show its first rows" onClick={() => ask(`SELECT *\nFROM ${quoteName(database)}.${quoteName(table.table)}\nLIMIT 100`)}><Icon name="play" /></button>
            </div>
          ))}
        </section>
      ))}
      {tables.error && <Failure error={tables.error} retry={tables.reload} />}
    </nav>
  );
}

/** A name as ClickHouse reads it: quoted only where it must be. */
export function quoteName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``;
}

const kNumeric = /^(Nullable\()?(U?Int|Float|Decimal)/;

function Result({ result }: { result: SqlResult }) {
  const [query, setQuery] = useQuery();
  const view = query.view === "chart" ? "chart" : "table";
  const rows = useMemo(() => result.rows.map((cells, n) => ({ n, cells })), [result]);
  const columns: ColumnOf<{ n: number; cells: (string | null)[] }>[] = result.columns.map((column, i) => ({
    id: `${i}`, head: column.name, title: column.type, keep: true, numeric: kNumeric.test(column.type), class: kNumeric.test(column.type) ? "" : "text",
    value: (row) => row.cells[i], cell: (row) => row.cells[i] ?? <span class="v-null">NULL</span>,
  }));
  const csv = () => [result.columns.map((c) => csvField(c.name)), ...result.rows.map((cells) => cells.map(csvField))].map((line) => line.join(",")).join("\r\n");
  return (
    <>
      <div class="bar">
        <Chips label="Shown as" value={view} onChange={(v) => setQuery({ view: v === "table" ? null : v })} options={[{ value: "table", text: "Table" }, { value: "chart", text: "Chart" }]} />
        <span class="faint" role="status">{grouped(result.rows.length)} row{result.rows.length === 1 ? "" : "s"} in {millis(result.elapsed_ms)}, {grouped(result.rows_read)} rows and {bytes(result.bytes_read)} read{result.truncated && <span class="warn-text"> · cut at the limit</span>}</span>
        <span class="spring" /><Button small kind="ghost" icon="download" onClick={() => saveFile("result.csv", "text/csv", `${csv()}\r\n`)}>CSV</Button>
      </div>
      {view === "chart" ? <ResultChart result={result} /> : <DataTable label="Result" fill rows={rows} columns={columns} keyOf={(row) => String(row.n)} empty={<Empty icon="sql" title="No rows">The question was answered; nothing fits it.</Empty>} />}
    </>
  );
}

function ResultChart({ result }: { result: SqlResult }) {
  const chart = useMemo(() => chartOf(result), [result]);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  if (!chart) return <Empty icon="overview" title="Nothing to draw">A chart needs a column of numbers, and is best with a column of times before it: <code>SELECT toStartOfMinute(kafka_timestamp) AS minute, count() …</code></Empty>;
  const colored: Line[] = chart.lines.map((line, i) => ({ ...line, color: kColors[i % kColors.length]! }));
  const shown = colored.filter((line) => !hidden.has(line.name));
  const lines = shown.map((line) => ({ ...line, fill: shown.length === 1 }));
  const toggle = (name: string) => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    setHidden(next);
  };
  return (
    <div class="card card-body stack">
      {colored.length > 1 && (
        <div class="chips" role="group" aria-label="Lines">{colored.map((line) => (
          <button key={line.name} type="button" class="chip" aria-pressed={!hidden.has(line.name)} onClick={() => toggle(line.name)}><i class={`swatch ${line.color}`} />{line.name}</button>
        ))}</div>
      )}
      <Chart label={chart.label} at={chart.at} lines={lines} format={compact} height={320} kind={chart.times ? "lines" : "bars"} />
    </div>
  );
}
