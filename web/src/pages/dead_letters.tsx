// Records that could not be placed: why, and what becomes of them.
import { useState } from "preact/hooks";
import { may, path, send } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { DeadLetter, DeadLetters as DeadLettersOf, Page as PageOf } from "../api/types.ts";
import { exact, grouped } from "../lib/format.ts";
import { useQuery } from "../lib/query.ts";
import { Ago, Button, Code, Copy, Empty, Time } from "../ui/basic.tsx";
import { DataTable, type ColumnOf } from "../ui/data_table.tsx";
import { act, Confirm } from "../ui/dialog.tsx";
import { ListTools } from "../ui/list_tools.tsx";
import { Card, Loaded, Page } from "../ui/page.tsx";

export default function DeadLetters() {
  const [query, setQuery] = useQuery();
  const tables = useResource<PageOf<DeadLettersOf>>("/dead-letters", { every: 5 });
  const columns: readonly ColumnOf<DeadLettersOf>[] = [
    { id: "table", head: "Table", keep: true, value: (d) => d.table, cell: (d) => <button type="button" class="link strong" onClick={() => setQuery({ table: d.table })}>{d.table}</button> },
    { id: "count", head: "Records", numeric: true, keep: true, value: (d) => String(d.count), cell: (d) => <span class={exact(d.count) > 0n ? "bad-text" : ""}>{grouped(d.count)}</span> },
    { id: "kinds", head: "Why", keep: true, class: "plain", value: (d) => d.kinds.map((k) => k.code).join(" "), cell: (d) => <span class="row nowrap">{d.kinds.map((k) => <span key={k.code}><Code code={k.code} /> {grouped(k.count)}</span>)}</span> },
    { id: "newest", head: "Newest", value: (d) => d.newest_at, cell: (d) => <Ago at={d.newest_at} /> },
    { id: "topic", head: "Topic", class: "mono", value: (d) => d.topic, cell: (d) => d.topic },
  ];
  return (
    <Page crumbs={query.table ? [{ text: "Dead letters", to: "/dead-letters" }, { text: query.table }] : [{ text: "Dead letters" }]}>
      <div class="page-head"><h1>Dead letters</h1></div>
      <p class="lead">Records that ClickHouse could not take. Nothing of them is lost: they wait here until the cause is mended and they are tried again, or are dropped.</p>
      <Loaded from={tables}>{(data) => {
        const items = data.items.filter((item) => exact(item.count) > 0n);
        return (
          <>
            <ListTools name="dead-letters" rows={items} columns={columns} />
            <DataTable label="Tables with dead letters" rows={items} columns={columns} keyOf={(d) => d.table} selected={query.table} open={(d) => setQuery({ table: d.table })}
              empty={<Empty icon="check" title="No dead letter">Every record has found its place.</Empty>} />
          </>
        );
      }}</Loaded>
      {query.table && <Letters key={query.table} table={query.table} reload={tables.reload} />}
    </Page>
  );
}

const kColumns: readonly ColumnOf<DeadLetter>[] = [
  { id: "at", head: "When", keep: true, value: (d) => d.at, cell: (d) => <Time at={d.at} /> },
  { id: "place", head: "Place", class: "mono", value: (d) => `${d.partition}/${d.offset}`, cell: (d) => <a href={`/k/local/topics${path(d.topic)}?record=${d.partition}/${d.offset}`}>{d.partition}:{grouped(d.offset)}</a> },
  { id: "error", head: "Why", keep: true, class: "wrap", value: (d) => d.error, cell: (d) => d.error },
  { id: "value", head: "Value", class: "mono text", value: (d) => d.value_preview, cell: (d) => <><Copy text={d.value_preview} what="The value" />{d.value_preview}</> },
];

function Letters({ table, reload }: { table: string; reload: () => void }) {
  const [, setQuery] = useQuery();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [dropping, setDropping] = useState(false);
  const letters = useResource<PageOf<DeadLetter>>(`/dead-letters${path(table)}`, { every: 10 });
  const items = letters.data?.items ?? [];
  const ids = chosen.size ? { ids: [...chosen] } : {};
  const what = chosen.size ? `${chosen.size} chosen` : "all";
  const again = () => {
    setChosen(new Set());
    letters.reload();
    reload();
  };
  const retry = () => act(() => send("POST", `/dead-letters${path(table)}/retry`, ids), `${table}: ${what} sent again`).then(again);
  const columns: readonly ColumnOf<DeadLetter>[] = [
    {
      id: "choose", head: "", keep: true, cell: (d) => (
        <input type="checkbox" aria-label={`Choose ${d.partition}:${d.offset}`} checked={chosen.has(d.id)} onChange={() => {
          const next = new Set(chosen);
          if (!next.delete(d.id)) next.add(d.id);
          setChosen(next);
        }} />
      ),
    },
    ...kColumns,
  ];
  return (
    <Card title={table} body={false} tools={
      <span class="row">
        {may("operator") && items.length > 0 && <Button small icon="reload" onClick={() => void retry()}>Retry {what}</Button>}
        {may("operator") && items.length > 0 && <Button small icon="trash" onClick={() => setDropping(true)}>Drop {what}</Button>}
        <Button small kind="ghost" icon="close" label="Close" onClick={() => setQuery({ table: null })} />
      </span>
    }>
      <Loaded from={letters}>{() => <DataTable label={`Dead letters of ${table}`} rows={items} columns={columns} keyOf={(d) => d.id} empty={<Empty icon="check" title="None left">All records of this table have found their place.</Empty>} />}</Loaded>
      {dropping && (
        <Confirm title={`Drop dead letters of ${table}`} submit="Drop" name={table} onClose={() => setDropping(false)}
          effect={<p>{chosen.size ? `${chosen.size} records` : "All records shown"} will never reach ClickHouse. The messages stay in the topic as long as it keeps them.</p>}
          run={async () => {
            await send("POST", `/dead-letters${path(table)}/drop`, { ...ids, confirm: table });
            again();
            return `${table}: ${what} dropped`;
          }} />
      )}
    </Card>
  );
}
