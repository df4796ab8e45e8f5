// What can be done with a table, as dialogs that say the effect first.
import { useState } from "preact/hooks";
import { get, may, path, send } from "../api/client.ts";
import type { BackfillLook, Table } from "../api/types.ts";
import { grouped } from "../lib/format.ts";
import { Button, Failure, Fact, Facts, Field } from "../ui/basic.tsx";
import { Confirm, FormDialog } from "../ui/dialog.tsx";

export type Action = "pause" | "resume" | "resync" | "skip" | "verify" | "backfill";

const kRoute = (table: string, action: string) => `/tables${path(table)}/${action}`;

/** Holds a table back, or lets it go on; `choose` opens the dialog. */
export function PauseButton({ table, choose }: { table: Table; choose: (action: Action) => void }) {
  const [verb, action, icon] = table.paused ? ["Resume", "resume", "play"] as const : ["Pause", "pause", "pause"] as const;
  return <Button small icon={icon} label={`${verb} ${table.table}`} onClick={() => choose(action)}>{verb}</Button>;
}

/** The buttons of a table; `choose` opens the dialog. */
export function TableButtons({ table, choose }: { table: Table; choose: (action: Action) => void }) {
  if (!may("operator")) return null;
  return (
    <div class="row">
      <PauseButton table={table} choose={choose} />
      <Button small icon="reload" onClick={() => choose("resync")}>Resync</Button>
      {table.state === "failed" && table.left_out && <Button small icon="play" onClick={() => choose("skip")}>Skip</Button>}
      <Button small icon="verify" onClick={() => choose("verify")}>Verify</Button>
      <Button small icon="backfill" onClick={() => choose("backfill")}>Backfill</Button>
    </div>
  );
}

interface DialogProps {
  table: Table;
  action: Action;
  onClose: () => void;
  done: () => void;
}

export function ActionDialog(props: DialogProps) {
  const { table, action, onClose, done } = props;
  if (action === "verify") return <VerifyDialog {...props} />;
  if (action === "backfill") return <BackfillDialog {...props} />;
  if (action === "pause") return <PauseDialog {...props} />;
  if (action === "resume") return <ResumeDialog {...props} />;
  if (action === "skip") return <SkipDialog {...props} />;
  return (
    <Confirm
      title={`Resync ${table.table}`} submit="Resync" onClose={onClose} name={table.table}
      effect={<p>All {grouped(table.source_rows)} rows are read from the database again and written over what ClickHouse holds. The stream goes on meanwhile; nobody sees an empty table.</p>}
      run={async () => {
        await send("POST", kRoute(table.table, action), { confirm: table.table });
        done();
        return `${table.table}: resync asked for`;
      }}
    />
  );
}

interface Ordered {
  state: string;
}

function PauseDialog({ table, onClose, done }: DialogProps) {
  const [reason, setReason] = useState("");
  return (
    <FormDialog title={`Pause ${table.table}`} submit="Pause" onClose={onClose} run={async () => {
      const { state } = await send<Ordered>("POST", kRoute(table.table, "pause"), { reason });
      done();
      return `${table.table}: ${state === "asked" ? "pause asked for" : "paused"}`;
    }}>
      <p class="effect">ClickHouse reads no more of it. Its changes go on into Kafka and wait there, as long as the topic keeps them; an alert tells before they go.</p>
      <Field label="Reason" hint="Others see it beside the table">
        <input value={reason} required autofocus onInput={(e) => setReason(e.currentTarget.value)} />
      </Field>
    </FormDialog>
  );
}

function ResumeDialog({ table, onClose, done }: DialogProps) {
  return (
    <Confirm
      title={`Resume ${table.table}`} submit="Resume" onClose={onClose}
      effect={<p>ClickHouse reads on where it was: {table.lag_records === null ? "what waits in Kafka" : `${grouped(table.lag_records)} records`}, in order.</p>}
      run={async () => {
        const { state } = await send<Ordered>("POST", kRoute(table.table, "resume"), {});
        done();
        return `${table.table}: ${state === "asked" ? "resume asked for" : "resumed"}`;
      }}
    />
  );
}

function SkipDialog({ table, onClose, done }: DialogProps) {
  return (
    <Confirm
      title={`Skip ${table.table}`} submit="Skip" onClose={onClose} name={table.table}
      effect={<p>The table is followed again from here on. Its changes since {table.left_out?.from} are left out: rows that they changed stay wrong until Verify has mended them, and the page says so for as long.</p>}
      run={async () => {
        const { state } = await send<Ordered>("POST", kRoute(table.table, "skip"), { confirm: table.table });
        done();
        return `${table.table}: ${state === "saved" ? "followed again" : "skip asked for"}`;
      }}
    />
  );
}

function VerifyDialog({ table, onClose, done }: DialogProps) {
  const [mode, setMode] = useState("checksum");
  const [repair, setRepair] = useState(false);
  return (
    <FormDialog title={`Verify ${table.table}`} submit="Verify" onClose={onClose} run={async () => {
      await send("POST", kRoute(table.table, "verify"), { mode, repair });
      done();
      return `${table.table}: comparing both sides`;
    }}>
      <Field label="How">
        <select value={mode} onChange={(e) => setMode(e.currentTarget.value)}>
          <option value="count">count: the numbers of rows</option>
          <option value="checksum">checksum: sums of both sides, then the rows of ranges that differ</option>
          <option value="rows">rows: every row, cell by cell</option>
        </select>
      </Field>
      <label class="check"><input type="checkbox" checked={repair} onChange={(e) => setRepair(e.currentTarget.checked)} />Mend rows that differ</label>
      <p class="effect">Both sides are read in ranges while the stream goes on; a row that changes meanwhile is looked at again.</p>
    </FormDialog>
  );
}

/** Looks first: the order can be given only for what was counted. */
function BackfillDialog({ table, onClose, done }: DialogProps) {
  const [form, setForm] = useState({ mode: "missing", from: "", to: "", column: "", where: "", rate: "" });
  const [seen, setSeen] = useState<BackfillLook | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const { rate, ...words } = form;
  const said = Object.fromEntries(Object.entries(words).filter(([, value]) => value !== ""));
  const all = !form.from && !form.to && !form.where;
  const order = { ...said, ...(all ? { where: "1" } : {}), ...(rate ? { rate: Number(rate) } : {}) };
  const set = (name: keyof typeof form) => (event: { currentTarget: { value: string } }) => {
    setForm({ ...form, [name]: event.currentTarget.value });
    setSeen(null);
  };
  const look = async () => {
    setBusy(true);
    setError(null);
    try {
      setSeen(await send<BackfillLook>("POST", kRoute(table.table, "backfill"), { ...order, dry_run: true }));
    } catch (reason) {
      setError(reason);
    }
    setBusy(false);
  };
  return (
    <FormDialog title={`Backfill ${table.table}`} submit="Start" wide disabled={seen === null} onClose={onClose} run={async () => {
      await send("POST", kRoute(table.table, "backfill"), order);
      done();
      return `${table.table}: backfill ordered`;
    }}>
      <Field label="Which rows">
        <select value={form.mode} onChange={set("mode")}>
          <option value="missing">missing: only those that ClickHouse lacks</option>
          <option value="changed">changed: those that it lacks or has otherwise</option>
          <option value="all">all: every row of the range</option>
        </select>
      </Field>
      <div class="form-row">
        <Field label="From" hint="A date in UTC; empty: the first"><input value={form.from} onInput={set("from")} placeholder="2026-01-01" /></Field>
        <Field label="To" hint="Up to, without it"><input value={form.to} onInput={set("to")} placeholder="2026-02-01" /></Field>
        <Field label="By column" hint="Empty: updated_at, created_at …"><input value={form.column} onInput={set("column")} /></Field>
      </div>
      <div class="form-row">
        <Field label="And only where" hint="A condition over the table's columns"><input class="mono" value={form.where} onInput={set("where")} placeholder="status = 'paid'" /></Field>
        <Field label="Rows a second" hint="Empty: as fast as it goes"><input inputMode="numeric" pattern="[0-9]*" value={form.rate} onInput={set("rate")} /></Field>
      </div>
      <div class="row"><Button icon="search" busy={busy} onClick={() => void look()}>Count first</Button><span class="faint">reads and compares for 5 s at most, writes nothing</span></div>
      {error !== null && <Failure error={error} />}
      {seen && <Seen seen={seen} />}
    </FormDialog>
  );
}

function Seen({ seen }: { seen: BackfillLook }) {
  const of = seen.complete ? "all of them" : seen.rows ? `of about ${grouped(seen.rows)}` : "not all of them";
  return (
    <div role="status">
      <Facts>
        <Fact name="Rows looked at">{grouped(seen.read)}, {of}</Fact>
        <Fact name="To be inserted">{grouped(seen.inserted)}</Fact>
        <Fact name="To be changed">{grouped(seen.changed)}</Fact>
        <Fact name="Left alone">{grouped(seen.present)}</Fact>
      </Facts>
      {seen.differences.map((text) => <p class="effect" key={text}>{text}</p>)}
    </div>
  );
}

/** The names of all tables, for pickers. */
export function tableNames(): Promise<string[]> {
  return get<{ items: Table[] }>("/tables").then((page) => page.items.map((item) => item.table));
}
