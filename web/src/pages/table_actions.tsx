// What can be done with a table, as dialogs that say the effect first.
import { useState } from "preact/hooks";
import { call, get, may, path, send } from "../api/client.ts";
import type { Table } from "../api/types.ts";
import { grouped } from "../lib/format.ts";
import { Button, Failure, Field } from "../ui/basic.tsx";
import { Confirm, FormDialog } from "../ui/dialog.tsx";

export type Action = "pause" | "resume" | "resync" | "verify" | "backfill";

const kRoute = (table: string, action: string) => `/tables${path(table)}/${action}`;

/** The buttons of a table; `choose` opens the dialog. */
export function TableButtons({ choose }: { choose: (action: Action) => void }) {
  if (!may("operator")) return null;
  return (
    <div class="row">
      <Button small icon="reload" onClick={() => choose("resync")}>Resync</Button>
      <Button small icon="verify" onClick={() => choose("verify")}>Verify</Button>
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
  const resync = action === "resync";
  return (
    <Confirm
      title={resync ? `Resync ${table.table}` : `Resume ${table.table}`} submit={resync ? "Resync" : "Resume"} onClose={onClose}
      {...(resync ? { name: table.table } : {})}
      effect={resync
        ? <p>All {grouped(table.source_rows)} rows are read from the database again and written over what ClickHouse holds. The stream goes on meanwhile; nobody sees an empty table.</p>
        : <p>Events since the pause are read from the database's log and applied in order.</p>}
      run={async () => {
        await send("POST", kRoute(table.table, action), resync ? { confirm: table.table } : {});
        done();
        return `${table.table}: ${resync ? "resync asked for" : "resumed"}`;
      }}
    />
  );
}

function PauseDialog({ table, onClose, done }: DialogProps) {
  const [reason, setReason] = useState("");
  return (
    <FormDialog title={`Pause ${table.table}`} submit="Pause" onClose={onClose} run={async () => {
      await send("POST", kRoute(table.table, "pause"), { reason });
      done();
      return `${table.table}: paused`;
    }}>
      <p class="effect">Its events wait until it is resumed. The database must keep its log that long; the overview shows how much of it is left.</p>
      <Field label="Reason" hint="Others see it beside the table">
        <input value={reason} required autofocus onInput={(e) => setReason(e.currentTarget.value)} />
      </Field>
    </FormDialog>
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

interface Plan {
  [name: string]: unknown;
}

function BackfillDialog({ table, onClose, done }: DialogProps) {
  const [form, setForm] = useState({ mode: "missing", column: "", from: "", to: "", where: "" });
  const [plan, setPlan] = useState<Plan | null>(null);
  const [error, setError] = useState<unknown>(null);
  const body = Object.fromEntries(Object.entries(form).filter(([, value]) => value !== ""));
  const set = (name: keyof typeof form) => (event: { currentTarget: { value: string } }) => {
    setForm({ ...form, [name]: event.currentTarget.value });
    setPlan(null);
  };
  const look = async () => {
    setError(null);
    try {
      setPlan(await call<Plan>(kRoute(table.table, "backfill"), { method: "POST", body: { ...body, dry_run: true } }));
    } catch (reason) {
      setError(reason);
    }
  };
  return (
    <FormDialog title={`Backfill ${table.table}`} submit="Start" onClose={onClose} run={async () => {
      await send("POST", kRoute(table.table, "backfill"), body);
      done();
      return `${table.table}: backfill started`;
    }}>
      <Field label="Which rows">
        <select value={form.mode} onChange={set("mode")}>
          <option value="missing">missing: only those that ClickHouse lacks</option>
          <option value="changed">changed: those that it lacks or has otherwise</option>
          <option value="all">all: every row of the range</option>
        </select>
      </Field>
      <div class="form-row">
        <Field label="From" hint="A date or a key; empty: the first"><input value={form.from} onInput={set("from")} placeholder="2026-01-01" /></Field>
        <Field label="To" hint="Up to, without it"><input value={form.to} onInput={set("to")} placeholder="2026-02-01" /></Field>
        <Field label="By column" hint={`Empty: the key (${table.key.join(", ") || "none"})`}><input value={form.column} onInput={set("column")} placeholder="created_at" /></Field>
      </div>
      <Field label="And only where" hint="A condition in the source's SQL">
        <input class="mono" value={form.where} onInput={set("where")} placeholder="status = 'paid'" />
      </Field>
      <div class="row"><Button icon="search" onClick={() => void look()}>Look first</Button><span class="faint">counts, and writes nothing</span></div>
      {error !== null && <Failure error={error} />}
      {plan && <dl class="facts">{Object.entries(plan).map(([name, value]) => (
        <div class="fact" key={name}><dt>{name.replaceAll("_", " ")}</dt><dd>{Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : grouped(String(value))}</dd></div>
      ))}</dl>}
    </FormDialog>
  );
}

/** The names of all tables, for pickers. */
export function tableNames(): Promise<string[]> {
  return get<{ items: Table[] }>("/tables").then((page) => page.items.map((item) => item.table));
}
