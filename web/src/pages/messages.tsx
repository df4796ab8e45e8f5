// The messages of a topic: what is asked for is in the address, the rows come as
// the server finds them, and a record opens beside them.
import { useEffect, useMemo, useRef } from "preact/hooks";
import { path, query as queryOf, kBase } from "../api/client.ts";
import type { RecordDetail, Row } from "../api/types.ts";
import { bytes, compact, grouped } from "../lib/format.ts";
import { bind } from "../lib/keys.ts";
import { useQuery } from "../lib/query.ts";
import { askOf, recordKey, Scan, scanQuery, type Ask } from "../lib/scan.ts";
import { Button, Empty, Failure, Loading, Time } from "../ui/basic.tsx";
import { DataTable, type ColumnOf } from "../ui/data_table.tsx";
import { Op } from "../ui/op.tsx";
import { FilterBar } from "./message_filters.tsx";
import { RecordPanel } from "./record_panel.tsx";

interface Props {
  cluster: string;
  topic: string;
  partitions: number;
  /** Opens the dialog that writes a record again; null: who looks may not. */
  again: ((record: RecordDetail) => void) | null;
}

export function Messages({ cluster, topic, partitions, again }: Props) {
  const [query, setQuery] = useQuery();
  const ask = askOf(query);
  const key = JSON.stringify([cluster, topic, ask, query.run ?? ""]);
  const before = useRef<Scan | null>(null);
  const scan = useMemo(() => new Scan(cluster, topic, ask, before.current), [key]);
  useEffect(() => {
    before.current = scan;
    void scan.run();
    return () => scan.cancel();
  }, [scan]);
  useEffect(() => bind(
    { keys: "l", says: "Live tail on and off", group: "Messages", run: () => setQuery({ live: query.live === "1" ? null : 1, record: null }) },
    { keys: " ", says: "Pause and go on with the live tail", group: "Messages", run: () => scan.setPaused(!scan.paused.value) },
    { keys: "r", says: "Run again", group: "Messages", run: () => setQuery({ run: Date.now() }) },
    { keys: "Escape", says: "Close the record", group: "Messages", run: () => close() },
  ), [scan, query.live]);
  const open = (row: Row) => setQuery({ record: recordKey(row) });
  const close = () => {
    const key = new URLSearchParams(location.search).get("record");
    setQuery({ record: null });
    if (key) requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-record="${key}"]`)?.focus());
  };
  const columns = columnsOf(open, query.record !== undefined);
  const rows = scan.rows.value;
  return (
    <div class={`messages${query.record ? " with-panel" : ""}`}>
      <div class="messages-list">
        <FilterBar cluster={cluster} topic={topic} partitions={partitions} ask={ask} />
        <Progress scan={scan} ask={ask} exportAs={`${kBase}/clusters${path(cluster)}/topics${path(topic)}/export`} />
        {scan.error.value && <Failure error={scan.error.value} retry={() => setQuery({ run: Date.now() })} />}
        {rows.length > 0
          ? <DataTable label={`Messages of ${topic}`} fill rows={rows} columns={columns} keyOf={recordKey} open={open} selected={query.record ?? ""} />
          : <Nothing scan={scan} ask={ask} />}
      </div>
      {query.record && <RecordPanel cluster={cluster} topic={topic} at={query.record} tab={query.part ?? "data"} onClose={close} rows={rows} again={again} />}
    </div>
  );
}

function columnsOf(open: (row: Row) => void, panel: boolean): readonly ColumnOf<Row>[] {
  const first: ColumnOf<Row>[] = [
    {
      id: "o", head: "Offset", keep: true, class: "num",
      cell: (r) => (
        <button type="button" class="link" data-record={recordKey(r)} onClick={() => open(r)}><span class="faint">{r.p}:</span>{grouped(r.o)}</button>
      ),
    },
    { id: "ts", head: "Time", class: "nowrap", cell: (r) => <Time at={r.ts} /> },
    { id: "op", head: "Change", keep: true, cell: (r) => (r.tombstone ? <span class="op d" title="A key without a value: compaction drops the key">tombstone</span> : <Op op={r.op} />) },
    { id: "key", head: "Key", keep: true, class: "mono text key-cell", cell: (r) => r.key ?? <span class="faint">null</span> },
  ];
  if (panel) return first;
  return [
    ...first,
    { id: "value", head: "Value", class: "mono text value-cell", cell: (r) => r.error ? <span class="bad-text">{r.error}</span> : (r.value ?? <span class="faint">null</span>) },
    { id: "size", head: "Size", numeric: true, cell: (r) => <span class="faint">{bytes(r.size)}</span> },
  ];
}

function Progress({ scan, ask, exportAs }: { scan: Scan; ask: Ask; exportAs: string }) {
  const [, setQuery] = useQuery();
  const progress = scan.progress.value, state = scan.state.value;
  const running = state === "running", live = state === "live";
  const files = (format: string) => exportAs + queryOf({ format }) + scanQuery({ ...ask, live: false }).replace("?", "&");
  return (
    <div class="progress">
      <span aria-live="polite" class="row">
        {running && <span class="spin" aria-hidden="true" />}
        {live && <span class={`live-dot${scan.paused.value ? " off" : ""}`} aria-hidden="true" />}
        <b>{grouped(scan.rows.value.length)}</b>{live ? (scan.paused.value ? "paused" : "live") : "messages"}
      </span>
      {progress && (
        <span class="faint">
          scanned {grouped(progress.scanned)}, {bytes(progress.bytes)}
          {running && progress.percent !== null && <> · {Math.round(progress.percent)} %</>}
          {running && progress.rate !== null && <> · {compact(progress.rate)}/s</>}
          {progress.skipped_undecodable !== undefined && String(progress.skipped_undecodable) !== "0" && <span class="warn-text"> · {grouped(progress.skipped_undecodable)} could not be decoded</span>}
        </span>
      )}
      {!running && !live && <span class="faint">{endText(scan, ask)}</span>}
      {scan.skipped.value > 0 && <span class="warn-text">{grouped(scan.skipped.value)} not shown: this browser was too slow</span>}
      {running && progress?.percent !== null && progress?.percent !== undefined && <span class="meter" aria-hidden="true"><span style={{ width: `${Math.min(100, progress.percent)}%` }} /></span>}
      <span class="spring" />
      {running && <Button small icon="stop" onClick={() => scan.cancel()}>Cancel</Button>}
      {live && <Button small icon={scan.paused.value ? "play" : "pause"} onClick={() => scan.setPaused(!scan.paused.value)}>{scan.paused.value ? `Go on (${grouped(scan.waiting.value)} waiting)` : "Pause"}</Button>}
      {!running && !live && <Button small kind="ghost" icon="reload" onClick={() => setQuery({ run: Date.now() })}>Run again</Button>}
      <a class="btn ghost small" href={files("csv")} download>CSV</a>
      <a class="btn ghost small" href={files("ndjson")} download>NDJSON</a>
    </div>
  );
}

/** Why a scan stopped, in words. */
export function endText(scan: Scan, ask: Ask): string {
  if (scan.state.value === "cancelled") return "cancelled; what was found so far is shown";
  if (scan.reason.value === "limit") return `the first ${grouped(ask.limit)} that fit`;
  if (scan.reason.value === "time") return "stopped at the time limit; narrow it by time or partition, and run again";
  return scan.reason.value === "end" ? "that is all" : "";
}

function Nothing({ scan, ask }: { scan: Scan; ask: Ask }) {
  const [, setQuery] = useQuery();
  if (scan.state.value === "failed") return null;
  if (scan.state.value === "running") return <Loading what="Reading" />;
  if (scan.state.value === "live") return <Empty icon="clock" title="Waiting for the next message">It shows up here as soon as a broker has it.</Empty>;
  const narrowed = ask.filter || ask.text || ask.partitions;
  return (
    <Empty icon={narrowed ? "filter" : "topic"} title={narrowed ? "No message fits" : "No message here"}>
      {narrowed ? `All of what was asked for was looked at: ${grouped(scan.progress.value?.scanned ?? 0)} messages. ` : "The topic is empty in this range. "}
      {narrowed && <Button small onClick={() => setQuery({ filter: null, text: null, partitions: null })}>Show all</Button>}
    </Empty>
  );
}
