// One record beside the list: the change, the decoded parts, headers, where it
// comes from and its bytes.
import { useEffect, useRef } from "preact/hooks";
import { kBase, path } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { RecordDetail, RecordPart, Row } from "../api/types.ts";
import { bytes, grouped } from "../lib/format.ts";
import { alsoWanted, condition, fieldPath } from "../lib/filter.ts";
import { bind } from "../lib/keys.ts";
import { field, isCompound, isNull, jsonOf, lineOf, pairs, type Pair } from "../lib/node.ts";
import { useQuery } from "../lib/query.ts";
import { recordKey } from "../lib/scan.ts";
import { Button, Copy, Empty, Fact, Facts, Time, copyText } from "../ui/basic.tsx";
import { NodeView, Scalar } from "../ui/node_view.tsx";
import { Icon } from "../ui/icon.tsx";
import { Op } from "../ui/op.tsx";
import { Loaded } from "../ui/page.tsx";
import { isWhole } from "./produce.tsx";

const kParts = [
  ["data", "Data"], ["key", "Key"], ["value", "Value"], ["headers", "Headers"], ["meta", "Metadata"], ["raw", "Bytes"],
] as const;

interface Props {
  cluster: string;
  topic: string;
  /** "partition/offset" */
  at: string;
  tab: string;
  onClose: () => void;
  rows: readonly Row[];
  /** Opens the dialog that writes a record again; null: who looks may not. */
  again: ((record: RecordDetail) => void) | null;
}

export function RecordPanel({ cluster, topic, at, tab, onClose, rows, again }: Props) {
  const [, setQuery] = useQuery();
  const [partition = "", offset = ""] = at.split("/");
  const where = `/clusters${path(cluster)}/topics${path(topic)}/messages${path(partition, offset)}`;
  const record = useResource<RecordDetail>(where);
  const place = rows.findIndex((row) => recordKey(row) === at);
  const neighbour = (by: number) => {
    const row = place < 0 ? undefined : rows[place + by];
    if (row) return recordKey(row);
    const next = by > 0 ? record.data?.next : record.data?.previous;
    return place < 0 && next !== null && next !== undefined ? `${partition}/${next}` : null;
  };
  const step = (by: number) => {
    const to = neighbour(by);
    if (to) setQuery({ record: to });
  };
  const panel = useRef<HTMLElement>(null);
  // Whoever opens a record goes on in it; closing it leads back to its row.
  useEffect(() => panel.current?.focus(), []);
  useEffect(() => bind(
    { keys: "j", says: "Next record", group: "Record", run: () => step(1) },
    { keys: "k", says: "Previous record", group: "Record", run: () => step(-1) },
    { keys: "ArrowDown", says: "Next record", group: "Record", run: () => step(1) },
    { keys: "ArrowUp", says: "Previous record", group: "Record", run: () => step(-1) },
    ...kParts.map(([id, text], i) => ({ keys: String(i + 1), says: text, group: "Record", run: () => setQuery({ part: id === "data" ? null : id }) })),
  ), [at, rows, record.data]);
  return (
    <aside class="panel" ref={panel} tabIndex={-1} aria-label={`Record ${at}`}>
      <header class="panel-head">
        <h2><span class="faint">{partition}:</span>{grouped(offset)}</h2>
        {record.data?.cdc && <Op op={record.data.cdc.op} />}
        <span class="spring" />
        <Button small kind="ghost" icon="up" label="Previous record" disabled={!neighbour(-1)} onClick={() => step(-1)} />
        <Button small kind="ghost" icon="down" label="Next record" disabled={!neighbour(1)} onClick={() => step(1)} />
        {again && <Button small kind="ghost" icon="plus" label="Produce again" disabled={!record.data || !isWhole(record.data)} onClick={() => record.data && again(record.data)} />}
        <Button small kind="ghost" icon="link" label="Copy the address" onClick={() => void copyText(location.href, "Address of this view")} />
        <Button small kind="ghost" icon="close" label="Close the record" onClick={onClose} />
      </header>
      <nav class="tabs" aria-label="Parts of the record">
        {kParts.map(([id, text]) => (
          <a key={id} href={`?${new URLSearchParams({ ...Object.fromEntries(new URLSearchParams(location.search)), part: id })}`} aria-current={tab === id ? "page" : undefined} onClick={(event) => {
            event.preventDefault();
            setQuery({ part: id === "data" ? null : id });
          }}>{text}</a>
        ))}
      </nav>
      <div class="panel-body" tabIndex={0} role="region" aria-label="Content of the record">
        <Loaded from={record} what="Reading the record">{(data) => <Part data={data} tab={tab} raw={`${kBase}${where}`} cluster={cluster} />}</Loaded>
      </div>
    </aside>
  );
}

function Part({ data, tab, raw, cluster }: { data: RecordDetail; tab: string; raw: string; cluster: string }) {
  if (tab === "key") return <Decoded part={data.key} name="key" cluster={cluster} />;
  if (tab === "value") return <Decoded part={data.value} name="value" cluster={cluster} />;
  if (tab === "headers") return <Headers data={data} />;
  if (tab === "meta") return <Metadata data={data} />;
  if (tab === "raw") return <Bytes data={data} raw={raw} />;
  return data.cdc && data.value.node ? <Change data={data} /> : <Decoded part={data.value} name="value" cluster={cluster} />;
}

function Change({ data }: { data: RecordDetail }) {
  const node = data.value.node;
  const before = field(node, "before"), after = field(node, "after");
  const rows = pairs(isNull(before) ? null : before, isNull(after) ? null : after);
  const two = !isNull(before) && !isNull(after);
  const cdc = data.cdc!;
  const changed = rows.filter((row) => row.changed).length;
  const traced = new URLSearchParams({ table: cdc.table, pk: cdc.pk.map((c) => c.text).join(",") });
  return (
    <>
      <div class="row panel-bar">
        <span class="soft">{cdc.table}{cdc.pk.length > 0 && <> · {cdc.pk.map((c) => `${c.column} ${c.text}`).join(", ")}</>}{two && <> · {changed} of {rows.length} columns changed</>}</span>
        <span class="spring" />
        <a class="btn small" href={`/trace?${traced}`}><Icon name="trace" />Trace</a>
      </div>
      <div class="change-box">
        <table class="change">
          <thead><tr><th scope="col">Column</th>{(two || isNull(after)) && <th scope="col">Before</th>}{!isNull(after) && <th scope="col">{two ? "After" : "Value"}</th>}<th><span class="hidden-text">Filter</span></th></tr></thead>
          <tbody>{rows.map((row) => <ChangeRow key={row.name} row={row} two={two} deleted={isNull(after)} key_={cdc.pk.some((c) => c.column === row.name)} />)}</tbody>
        </table>
      </div>
      {rows.length === 0 && <Empty title="Neither a row before nor after">See the value for what this message says.</Empty>}
    </>
  );
}

function ChangeRow({ row, two, deleted, key_ }: { row: Pair; two: boolean; deleted: boolean; key_: boolean }) {
  const [query, setQuery] = useQuery();
  const node = deleted ? row.before : row.after;
  const want = () => {
    const wanted = condition(fieldPath(deleted ? "value.before" : "value.after", [row.name]), node?.t ?? "string", "==", lineOf(node) === "" && isNull(node) ? "null" : lineOf(node));
    setQuery({ filter: alsoWanted(query.filter ?? "", wanted), record: null });
  };
  return (
    <tr class={row.changed ? "changed" : ""}>
      <th scope="row">{row.name}{key_ && <Icon name="key" />}</th>
      {(two || deleted) && <td class={row.changed ? "old" : ""}><Scalar node={row.before} /></td>}
      {!deleted && <td class={row.changed ? "new" : ""}><Scalar node={row.after} /></td>}
      <td class="tool">{node && !isCompound(node) && <button type="button" class="copy" title="Only messages with this value" aria-label={`Only messages with this ${row.name}`} onClick={want}><Icon name="filter" /></button>}</td>
    </tr>
  );
}

function Decoded({ part, name, cluster }: { part: RecordPart; name: string; cluster: string }) {
  const schema = part.subject && (
    <a href={`/k/${encodeURIComponent(cluster)}/schemas${path(part.subject)}${part.version ? `?version=${part.version}` : ""}`}>{part.subject}{part.version !== null && ` version ${part.version}`}</a>
  );
  const text = part.node ? jsonOf(part.node) : (part.text ?? "");
  return (
    <>
      <div class="row panel-bar">
        <span class="soft">{part.format} · {bytes(part.size)}{part.schema_id !== null && <> · schema {part.schema_id}</>}</span>{schema}
        <span class="spring" />
        {text && <Copy text={text} what={`The ${name}`} />}
      </div>
      {part.truncated && <div class="banner warn"><Icon name="warn" /><div>Too large to show whole; the bytes can be downloaded from the tab Bytes.</div></div>}
      {part.format === "null" ? <Empty title={`The ${name} is null`}>{name === "value" && "A tombstone: compaction drops the key and all its older messages."}</Empty>
        : part.node ? <NodeView node={part.node} /> : <pre class="panel-pre">{part.text ?? part.hex}</pre>}
    </>
  );
}

function Headers({ data }: { data: RecordDetail }) {
  const [query, setQuery] = useQuery();
  if (data.headers.length === 0) return <Empty title="No headers">This record was produced without any.</Empty>;
  return (
    <div class="change-box"><table class="change"><tbody>
      {data.headers.map((header, i) => (
        <tr key={i}>
          <th scope="row">{header.name}</th><td><span class="v-text">{header.text ?? header.hex}</span></td>
          <td class="tool">{header.text !== null && (
            <button type="button" class="copy" title="Only messages with this header" aria-label={`Only messages with this ${header.name}`} onClick={() => setQuery({ filter: alsoWanted(query.filter ?? "", condition(`headers[${JSON.stringify(header.name)}]`, "string", "==", header.text ?? "")), record: null })}><Icon name="filter" /></button>
          )}</td>
        </tr>
      ))}
    </tbody></table></div>
  );
}

function Metadata({ data }: { data: RecordDetail }) {
  const source = data.cdc?.source;
  const transaction = data.cdc?.transaction;
  return (
    <div class="panel-facts">
      <Facts>
        <Fact name="Topic">{data.topic}</Fact>
        <Fact name="Partition and offset">{data.partition}:{grouped(data.offset)}</Fact>
        <Fact name={`Time (${data.timestamp_type})`}><Time at={data.timestamp} /></Fact>
        <Fact name="Size">{bytes(data.size)}, key {bytes(data.key.size)}, value {bytes(data.value.size)}</Fact>
      </Facts>
      {source && (
        <>
          <h3>Source</h3>
          <Facts>
            <Fact name="Server">{source.server} ({source.connector})</Fact>
            <Fact name="Committed"><Time at={source.ts} /></Fact>
            <Fact name="Log position"><code>{source.file}:{String(source.pos)} row {source.row}</code></Fact>
            <Fact name="GTID"><code>{source.gtid ?? "–"}</code></Fact>
            <Fact name="Snapshot">{source.snapshot}</Fact>
            <Fact name="Transaction"><code>{transaction === null || transaction === undefined ? "–" : typeof transaction === "string" ? transaction : transaction.id}</code></Fact>
            <Fact name="Version of the row"><code>{data.cdc?.version ?? "–"}</code></Fact>
          </Facts>
        </>
      )}
    </div>
  );
}

function Bytes({ data, raw }: { data: RecordDetail; raw: string }) {
  return (
    <>
      {(["key", "value"] as const).map((name) => (
        <section key={name}>
          <div class="row panel-bar"><h3>{name === "key" ? "Key" : "Value"}</h3><span class="faint">{bytes(data[name].size)}</span><span class="spring" /><a class="btn small" href={`${raw}?part=${name}&raw=1`} download>Download</a></div>
          <pre class="panel-pre">{data[name].hex ?? "null"}</pre>
        </section>
      ))}
    </>
  );
}
