// Writes one record to a topic.
import { useState } from "preact/hooks";
import { path, send } from "../api/client.ts";
import type { RecordDetail, RecordPart } from "../api/types.ts";
import { grouped } from "../lib/format.ts";
import { Button, Field } from "../ui/basic.tsx";
import { FormDialog } from "../ui/dialog.tsx";

interface Part {
  format: string;
  schema_id: string;
  text: string;
}

const kFormats = ["avro", "json", "string", "hex", "null"];

function PartFields({ name, part, set }: { name: string; part: Part; set: (part: Part) => void }) {
  return (
    <fieldset class="plain-set">
      <legend class="field-label">{name}</legend>
      <div class="row">
        <select aria-label={`Format of the ${name.toLowerCase()}`} value={part.format} onChange={(e) => set({ ...part, format: e.currentTarget.value })}>
          {kFormats.map((format) => <option key={format}>{format}</option>)}
        </select>
        {part.format === "avro" && (
          <input aria-label={`Schema id of the ${name.toLowerCase()}`} placeholder="schema id (newest)" inputMode="numeric" value={part.schema_id} onInput={(e) => set({ ...part, schema_id: e.currentTarget.value })} />
        )}
      </div>
      {part.format !== "null" && (
        <textarea rows={name === "Key" ? 2 : 9} aria-label={name} spellcheck={false} value={part.text} onInput={(e) => set({ ...part, text: e.currentTarget.value })} />
      )}
    </fieldset>
  );
}

function bodyOf(part: Part) {
  if (part.format === "null") return { format: "null" };
  return { format: part.format, text: part.text, ...(part.format === "avro" && part.schema_id ? { schema_id: Number(part.schema_id) } : {}) };
}

/** A part of a record as it can be written again: by the same schema, or its bytes. */
export function partOf(part: RecordPart): Part {
  const text = part.text ?? "", schema_id = String(part.schema_id ?? "");
  if (part.format === "bytes") return { format: "hex", schema_id: "", text: `0x${plainHex(part.hex)}` };
  return { format: part.format, schema_id: part.format === "avro" ? schema_id : "", text: part.format === "null" ? "" : text };
}

const plainHex = (hex: string | null) => (hex ?? "").replaceAll(" ", "").toLowerCase();
const hexOfText = (text: string) => [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Whether all of it is shown, so that it can be written again. */
export function isWhole(record: RecordDetail): boolean {
  const isText = (header: { text: string | null; hex: string | null }) => header.text !== null && (header.hex === null || hexOfText(header.text) === plainHex(header.hex));
  return !record.key.truncated && !record.value.truncated && record.headers.every(isText);
}

export function ProduceDialog({ cluster, topic, subjects, partitions, own, again, onClose }: {
  cluster: string; topic: string; subjects: readonly string[]; partitions: number; own: string | null; again: RecordDetail | null; onClose: () => void;
}) {
  const empty = (name: string): Part => ({ format: subjects.includes(`${topic}-${name}`) ? "avro" : "json", schema_id: "", text: "" });
  const [key, setKey] = useState<Part>(again ? partOf(again.key) : empty("key"));
  const [value, setValue] = useState<Part>(again ? partOf(again.value) : empty("value"));
  const [force, setForce] = useState(false);
  const [headers, setHeaders] = useState((again?.headers ?? []).map((header) => ({ name: header.name, text: header.text ?? "" })));
  const [partition, setPartition] = useState("");
  return (
    <FormDialog title={`Produce to ${topic}`} submit="Produce" wide onClose={onClose} run={async () => {
      const body = { key: bodyOf(key), value: bodyOf(value), headers: headers.filter((h) => h.name), ...(partition ? { partition: Number(partition) } : {}), ...(force ? { force } : {}) };
      const placed = await send<{ partition: number; offset: string }>("POST", `/clusters${path(cluster)}/topics${path(topic)}/messages`, body);
      return `Written to partition ${placed.partition} at offset ${grouped(placed.offset)}`;
    }}>
      <PartFields name="Key" part={key} set={setKey} />
      <PartFields name="Value" part={value} set={setValue} />
      {headers.map((header, i) => (
        <div class="row" key={i}>
          <input aria-label="Header name" placeholder="name" value={header.name} onInput={(e) => setHeaders(headers.map((h, at) => (at === i ? { ...h, name: e.currentTarget.value } : h)))} />
          <input class="grow" aria-label="Header value" placeholder="value" value={header.text} onInput={(e) => setHeaders(headers.map((h, at) => (at === i ? { ...h, text: e.currentTarget.value } : h)))} />
          <Button icon="trash" kind="ghost" label="Remove the header" onClick={() => setHeaders(headers.filter((_, at) => at !== i))} />
        </div>
      ))}
      <div class="row"><Button small icon="plus" onClick={() => setHeaders([...headers, { name: "", text: "" }])}>Header</Button></div>
      <Field label="Partition" hint="By the key, as every Java client places it">
        <select value={partition} onChange={(e) => setPartition(e.currentTarget.value)}>
          <option value="">by key</option>
          {Array.from({ length: partitions }, (_, p) => <option key={p} value={String(p)}>{p}</option>)}
        </select>
      </Field>
      {own && (
        <>
          <p class="effect">This topic carries {own}: the record is taken for a row, and ClickHouse is no longer equal to the database.</p>
          <label class="check"><input type="checkbox" checked={force} onChange={(e) => setForce(e.currentTarget.checked)} />Write to it nevertheless</label>
        </>
      )}
    </FormDialog>
  );
}
