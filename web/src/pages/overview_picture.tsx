// MySQL on the left, ClickHouse on the right, a lane of Kafka for each busy
// table between them. The streams are one SVG behind the boxes; their width and
// pace follow the rates.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { path } from "../api/client.ts";
import type { Lane, Overview } from "../api/types.ts";
import { bytes, compact, duration, exact, grouped } from "../lib/format.ts";
import { State } from "../ui/basic.tsx";
import { cluster } from "../ui/nav.ts";

const kLanePx = 36;
const kNarrowPx = 720;
const kSideShare = 0.18;
const kReachShare = 0.065;

export function Picture({ data }: { data: Overview }) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(() => setWidth(box.current?.clientWidth ?? 0));
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  const lanes = data.lanes.slice(0, 12);
  const height = Math.max(4, lanes.length) * kLanePx;
  const narrow = width > 0 && width < kNarrowPx;
  return (
    <section class={`picture${narrow ? " narrow" : ""}`} aria-label="The way of the rows">
      <div class="picture-body" ref={box} style={narrow ? {} : { height: `${height}px` }}>
        {!narrow && width > 0 && <Streams lanes={lanes} width={width} height={height} down={{ source: data.source.state === "down", target: data.clickhouse.state === "down" }} />}
        <Place side="source" title={data.source.kind} version={data.source.version} state={data.source.state} note={data.source.note}>
          <span class="cut">{data.source.address}</span>
          <span class="cut mono" title={data.source.gtid || data.source.position}>{data.source.position}</span>
          <span>{data.source.behind_bytes === null ? "" : `${bytes(data.source.behind_bytes)} behind`}</span>
        </Place>
        <ol class="lanes">
          {lanes.map((lane) => <LaneRow lane={lane} key={lane.table} />)}
          {lanes.length === 0 && <li class="lane-empty faint">No table has had an event yet. A change of a captured table shows up here within a second.</li>}
        </ol>
        <Place side="target" title="ClickHouse" version={data.clickhouse.version} state={data.clickhouse.state} note={data.clickhouse.note}>
          <span class="cut">{data.clickhouse.url.replace(/^https?:\/\//, "")}</span>
          <span>{compact(data.rows_per_s)} rows/s</span>
          <span>{duration(data.freshness_s)} old</span>
        </Place>
      </div>
      <footer class="picture-foot">
        <State state={data.kafka.state} text="Kafka" /><span class="faint">{data.kafka.bootstrap} · {grouped(data.kafka.brokers)} broker{data.kafka.brokers === 1 ? "" : "s"} · {grouped(data.kafka.topics)} topics{data.kafka.note && ` · ${data.kafka.note}`}</span>
        <State state={data.registry.state} text="Registry" /><span class="faint">{data.registry.url.replace(/^https?:\/\//, "")}{data.registry.note && ` · ${data.registry.note}`}</span>
        <span class="faint">{data.delivery}</span>
      </footer>
    </section>
  );
}

function Place({ side, title, version, state, note, children }: {
  side: "source" | "target"; title: string; version: string; state: string; note: string; children: ComponentChildren;
}) {
  return (
    <div class={`place ${side} ${state}`}>
      <div class="place-head"><State state={state} text={title} /><span class="faint">{version}</span></div>
      <div class="place-facts">{children}</div>
      {note && <div class={state === "down" ? "bad-text" : "warn-text"}>{note}</div>}
    </div>
  );
}

function LaneRow({ lane }: { lane: Lane }) {
  const lag = exact(lane.lag_records);
  return (
    <li class={`lane ${lane.state}`}>
      <span class="lane-rate num" title="events read a second">{compact(lane.events_per_s)}/s</span>
      <a class="lane-name cut" href={`/tables${path(lane.table)}`}>{lane.table}</a>
      <a class="lane-topic cut" href={`/k/local/topics${path(lane.topic)}`} title={`Messages of ${lane.topic}`} onClick={() => (cluster.value = "local")}>{lane.topic}</a>
      <span class={`lane-lag num ${lag > 1000n ? "warn-text" : "faint"}`} title="records not inserted yet">{lag > 0n ? `${grouped(String(lag))} to go` : "level"}</span>
      <span class="lane-fresh num faint" title="age of the newest row">{duration(lane.fresh_s)}</span>
      <span class="lane-rate num" title="rows inserted a second">{compact(lane.rows_per_s)}/s</span>
    </li>
  );
}

/** A stream's width by its rate: a hundredfold rate is three times as wide. */
export function streamWidth(rate: number | null): number {
  return rate && rate > 0 ? Math.min(9, 1.2 + Math.log10(1 + rate) * 1.7) : 1;
}

/** Seconds a dash takes through a stream: busier is quicker, none stands still. */
export function streamPace(rate: number | null): number {
  return rate && rate > 0 ? Math.max(0.6, 4 - Math.log10(1 + rate)) : 0;
}

function Streams({ lanes, width, height, down }: {
  lanes: readonly Lane[]; width: number; height: number; down: { source: boolean; target: boolean };
}) {
  const side = width * kSideShare, reach = width * kReachShare, middle = height / 2;
  const spread = Math.min(height * 0.5, 120);
  const at = (i: number) => (i + 0.5) * kLanePx + (height - lanes.length * kLanePx) / 2;
  const near = (i: number) => middle + (lanes.length > 1 ? (i / (lanes.length - 1) - 0.5) * spread : 0);
  const curve = (x1: number, y1: number, x2: number, y2: number) => {
    const bend = (x1 + x2) / 2;
    return `M${x1.toFixed(1)},${y1.toFixed(1)} C${bend.toFixed(1)},${y1.toFixed(1)} ${bend.toFixed(1)},${y2.toFixed(1)} ${x2.toFixed(1)},${y2.toFixed(1)}`;
  };
  const stream = (d: string, rate: number | null, lane: Lane, cut: boolean) => {
    const pace = cut ? 0 : streamPace(rate);
    return (
      <g class={`stream ${cut ? "cut-off" : lane.state}`}>
        <path class="stream-bed" d={d} stroke-width={streamWidth(rate) + 3} />
        <path class="stream-flow" d={d} stroke-width={streamWidth(rate)} style={pace ? { animationDuration: `${pace}s` } : { animation: "none", opacity: 0.35 }} />
      </g>
    );
  };
  return (
    <svg class="streams" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {lanes.map((lane, i) => (
        <g key={lane.table}>
          {stream(curve(side, near(i), side + reach, at(i)), lane.events_per_s, lane, down.source)}
          {stream(curve(width - side - reach, at(i), width - side, near(i)), lane.rows_per_s, lane, down.target)}
        </g>
      ))}
    </svg>
  );
}
