// The state of everything in one sentence, and the way of the rows as a picture.
import { useEffect } from "preact/hooks";
import { useResource } from "../api/live.ts";
import { path, query as queryOf } from "../api/client.ts";
import type { Overview as OverviewData, Series } from "../api/types.ts";
import { bytes, compact, duration, exact, grouped } from "../lib/format.ts";
import { useQuery } from "../lib/query.ts";
import { Ago, Chips, Code, Pill, Time } from "../ui/basic.tsx";
import { Chart } from "../ui/chart.tsx";
import { Icon } from "../ui/icon.tsx";
import { Card, Loaded, Page } from "../ui/page.tsx";
import { Picture } from "./overview_picture.tsx";

const kRanges = [{ value: "15m", text: "15 min" }, { value: "1h", text: "1 h" }, { value: "6h", text: "6 h" }, { value: "24h", text: "24 h" }] as const;

export default function Overview() {
  const overview = useResource<OverviewData>("/overview", { every: 10, live: "/overview/live", event: "overview" });
  return (
    <Page crumbs={[{ text: "Overview" }]}>
      <Loaded from={overview} what="Asking how it goes">{(data) => (
        <>
          <Verdict data={data} />
          <Numbers data={data} />
          <Picture data={data} />
          <Troubles data={data} />
          <Charts />
          <LastDdl data={data} />
        </>
      )}</Loaded>
    </Page>
  );
}

function Verdict({ data }: { data: OverviewData }) {
  useEffect(() => {
    document.title = `${data.verdict.toLowerCase()} · rowhouse`;
  }, [data.verdict]);
  return (
    <header class="verdict">
      <div class="row"><Pill state={data.verdict} /><span class="faint">since <Time at={data.since} short /></span></div>
      <h1 aria-live="polite">{data.sentence}</h1>
    </header>
  );
}

function Number({ name, value, unit, tone, to, title }: {
  name: string; value: string; unit?: string; tone?: string | undefined; to?: string; title?: string;
}) {
  return (
    <div class="number" title={title}>
      <dt>{name}</dt>
      <dd class={tone ?? ""}>{to ? <a href={to}>{value}</a> : value}{unit && <small> {unit}</small>}</dd>
    </div>
  );
}

function Numbers({ data }: { data: OverviewData }) {
  const retention = data.source.retention_s;
  return (
    <dl class="numbers">
      <Number name="Freshness" value={duration(data.freshness_s)} title="How old the newest row in ClickHouse is" tone={data.freshness_s !== null && data.freshness_s > 60 ? "warn-text" : undefined} />
      <Number name="Lag of the source" value={duration(data.lag_s)} title="How far reading is behind the database's log" tone={data.lag_s !== null && data.lag_s > 30 ? "warn-text" : undefined} />
      <Number name="Read" value={compact(data.events_per_s)} unit="events/s" />
      <Number name="Produced" value={compact(data.records_per_s)} unit="records/s" />
      <Number name="Inserted" value={compact(data.rows_per_s)} unit="rows/s" />
      <Number name="Errors" value={grouped(data.errors)} to="/alerts" tone={exact(data.errors) > 0n ? "bad-text" : undefined} />
      <Number name="Dead letters" value={grouped(data.dead_letters)} to="/dead-letters" tone={exact(data.dead_letters) > 0n ? "bad-text" : undefined} />
      <Number name="Log kept for" value={duration(retention)} title="How long the database keeps what is not read yet" tone={retention !== null && retention < 3600 ? "bad-text" : undefined} />
    </dl>
  );
}

function Troubles({ data }: { data: OverviewData }) {
  if (data.troubles.length === 0) return null;
  return (
    <section class="troubles" aria-label="Troubles">
      {data.troubles.map((trouble) => (
        <div class="banner warn" key={trouble.part + trouble.code + trouble.since}>
          <Icon name="warn" />
          <div>
            <div class="row"><strong>{trouble.part}</strong><Code code={trouble.code} /><span class="faint"><Ago at={trouble.since} /></span></div>
            <p>{trouble.message}</p>
            {trouble.fix && <p class="soft"><b>What to do: </b>{trouble.fix}</p>}
          </div>
        </div>
      ))}
    </section>
  );
}

const kLeastPoints = 60;
const kNames = "events_per_s,records_per_s,rows_per_s,lag_s,freshness_s,rss_bytes";

function Charts() {
  const [query, setQuery] = useQuery();
  const range = (kRanges.find((r) => r.value === query.range)?.value ?? "15m") as string;
  const series = useResource<Series>(`/series${queryOf({ names: kNames, range })}`, { every: range === "15m" ? 5 : 30 });
  return (
    <Card title="Lately" tools={<Chips label="Range" value={range as "15m"} options={kRanges} onChange={(value) => setQuery({ range: value === "15m" ? null : value })} />}>
      <Loaded from={series}>{(data) => {
        const from = Date.parse(data.from) / 1000;
        const length = Math.max(0, ...data.series.map((s) => s.values.length));
        // What was before the process began is left out, but for a minute's width.
        const known = data.series.map((s) => s.values.findIndex((v) => v !== null)).filter((i) => i >= 0);
        const begin = Math.max(0, Math.min(...known, length - kLeastPoints));
        const at = Array.from({ length: length - begin }, (_, i) => from + (begin + i) * data.step_s);
        const values = (name: string) => (data.series.find((s) => s.name === name)?.values ?? []).slice(begin);
        return (
          <div class="charts">
            <Chart label="Rows a second" at={at} format={compact} lines={[
              { name: "read", values: values("events_per_s"), color: "brick" }, { name: "inserted", values: values("rows_per_s"), color: "accent", fill: true },
            ]} />
            <Chart label="Delay" at={at} format={duration} lines={[
              { name: "freshness", values: values("freshness_s"), color: "accent", fill: true }, { name: "source lag", values: values("lag_s"), color: "brick" },
            ]} />
            <Chart label="Memory" at={at} format={(v) => bytes(v)} lines={[
              { name: "process", values: values("rss_bytes"), color: "info", fill: true },
            ]} />
          </div>
        );
      }}</Loaded>
    </Card>
  );
}

function LastDdl({ data }: { data: OverviewData }) {
  if (!data.last_ddl) return null;
  const ddl = data.last_ddl;
  return (
    <div class="last-ddl">
      <span class="faint nowrap">Last schema change</span>
      <a href={`/tables${path(ddl.table)}`} class="nowrap">{ddl.table}</a>
      <code class="cut grow">{ddl.sql}</code>
      <Pill state={ddl.outcome} /><span class="faint nowrap"><Ago at={ddl.at} /></span>
      <a href="/schema-changes" class="nowrap">All changes</a>
    </div>
  );
}
