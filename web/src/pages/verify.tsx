// Both sides held against each other: what runs, what was found, which rows differ.
import { path } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { Verify, VerifyResult } from "../api/types.ts";
import { duration, exact, grouped } from "../lib/format.ts";
import { useQuery } from "../lib/query.ts";
import { Ago, Button, Empty, State, Time } from "../ui/basic.tsx";
import { DataTable, type ColumnOf } from "../ui/data_table.tsx";
import { ListTools } from "../ui/list_tools.tsx";
import { Card, Loaded, Page } from "../ui/page.tsx";
import { TableChooser } from "./backfills.tsx";

export default function VerifyPage() {
  const [query, setQuery] = useQuery();
  const verify = useResource<Verify>("/verify", { every: 2 });
  const columns: readonly ColumnOf<VerifyResult>[] = [
    { id: "table", head: "Table", keep: true, value: (v) => v.table, cell: (v) => <a href={`/tables${path(v.table)}`}>{v.table}</a> },
    { id: "result", head: "Result", keep: true, class: "plain", value: (v) => String(v.differing), cell: (v) => exact(v.differing) === 0n ? <span title={v.error || v.note || ""}><State state={v.state ?? "equal"} /></span> : <button type="button" class="link" onClick={() => setQuery({ table: v.table })}><State state="different" text={`${grouped(v.differing)} differ`} /></button> },
    { id: "mode", head: "How", value: (v) => v.mode, cell: (v) => v.mode },
    { id: "source", head: "Source rows", numeric: true, value: (v) => v.source_rows, cell: (v) => grouped(v.source_rows) },
    { id: "target", head: "ClickHouse rows", numeric: true, value: (v) => v.target_rows, cell: (v) => grouped(v.target_rows) },
    { id: "seconds", head: "Took", numeric: true, value: (v) => v.seconds, cell: (v) => duration(v.seconds) },
    { id: "at", head: "When", value: (v) => v.at, cell: (v) => <Time at={v.at} short /> },
  ];
  return (
    <Page crumbs={[{ text: "Verify" }]}>
      <div class="page-head"><h1>Verify</h1><span class="spring" /><TableChooser action="verify" done={verify.reload} /></div>
      <p class="lead">Proof that ClickHouse has what the database has, taken while both go on changing.</p>
      <Loaded from={verify}>{(data) => {
        const chosen = data.last.find((v) => v.table === query.table);
        return (
          <>
            {data.running.map((run) => (
              <div class="banner info" key={run.table + run.mode}>
                <span class="spin" aria-hidden="true" />
                <div><b>{run.table}</b> is compared by {run.mode}{run.percent !== null && run.percent !== undefined && <>: {Math.round(run.percent)} %</>} {run.started_at && <span class="faint">since <Ago at={run.started_at} /></span>}</div>
              </div>
            ))}
            <ListTools name="verify" rows={data.last} columns={columns} />
            <DataTable label="Results" rows={data.last} columns={columns} keyOf={(v) => v.table + v.at} sorted="-at" selected={chosen ? chosen.table + chosen.at : ""} open={(v) => setQuery({ table: v.table })}
              empty={<Empty icon="verify" title="Nothing was compared yet">Choose a table above. The option <code>verify.every</code> compares all of them regularly.</Empty>} />
            {chosen && <Differences result={chosen} close={() => setQuery({ table: null })} />}
          </>
        );
      }}</Loaded>
    </Page>
  );
}

function Differences({ result, close }: { result: VerifyResult; close: () => void }) {
  return (
    <Card title={`Rows of ${result.table} that differ`} body={false} tools={<Button small kind="ghost" icon="close" label="Close" onClick={close} />}>
      {result.first.length === 0 ? <Empty icon="check" title="None">{grouped(result.source_rows)} rows on both sides are equal.</Empty> : (
        <div class="change-box">
          <table class="change">
            <thead><tr><th scope="col">Row</th><th scope="col">How</th><th scope="col">Column</th><th scope="col">In the database</th><th scope="col">In ClickHouse</th></tr></thead>
            <tbody>
              {result.first.map((row) => (row.cells.length ? row.cells : [null]).map((cell, i) => (
                <tr key={row.key + (cell?.column ?? "")}>
                  <th scope="row">{i === 0 && <a href={`/trace?table=${encodeURIComponent(result.table)}&pk=${encodeURIComponent(row.key.replace(/(^|,\s*)[^=,]+=/g, "$1"))}`}>{row.key}</a>}</th>
                  <td>{i === 0 && row.kind}</td>
                  <td>{cell?.column ?? <span class="faint">the whole row</span>}</td>
                  <td class={cell ? "old" : ""}>{cell ? (cell.source ?? "null") : ""}</td>
                  <td class={cell ? "new" : ""}>{cell ? (cell.target ?? "null") : ""}</td>
                </tr>
              )))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
