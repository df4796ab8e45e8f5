// What can be done with a table, as dialogs that say the effect first.
import { useState } from "preact/hooks";
import { get, may, path, send } from "../api/client.ts";
import type { Table } from "../api/types.ts";
import { grouped } from "../lib/format.ts";
import { Button, Field } from "../ui/basic.tsx";
import { Confirm, FormDialog } from "../ui/dialog.tsx";

export type Action = "resync" | "verify";

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

/** The names of all tables, for pickers. */
export function tableNames(): Promise<string[]> {
  return get<{ items: Table[] }>("/tables").then((page) => page.items.map((item) => item.table));
}
