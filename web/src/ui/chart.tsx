// Time series, drawn by uPlot, which is fetched when the first chart is shown.
import { useEffect, useRef } from "preact/hooks";
import { theme } from "../lib/store.ts";
import { zone } from "../lib/time.ts";
import type { ChartProps, Drawing, Line } from "./chart_canvas.ts";

export function Chart(props: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const look = `${theme.value} ${zone.value} ${props.lines.map((line) => `${line.name}/${line.color}`).join()} ${props.kind ?? ""} ${props.height ?? ""}`;
  useEffect(() => {
    let gone = false;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const draw = async () => {
      const { drawChart } = await import("./chart_canvas.ts");
      if (gone || !box.current) return;
      drawing.current?.destroy();
      drawing.current = drawChart(box.current, latest.current, zone.peek());
    };
    void draw();
    dark.addEventListener("change", draw);
    return () => {
      gone = true;
      dark.removeEventListener("change", draw);
      drawing.current?.destroy();
      drawing.current = null;
    };
  }, [look]);
  useEffect(() => drawing.current?.update(latest.current), [props.at, props.lines]);
  const last = (line: Line) => line.values.findLast((value) => value !== null) ?? null;
  return (
    <figure class="chart" aria-label={`${props.label}: ${props.lines.map((l) => `${l.name} ${props.format(last(l))}`).join(", ")}`}>
      <figcaption>
        <span class="strong">{props.label}</span>
        {props.lines.map((line) => (
          <span key={line.name} class="legend"><i class={`swatch ${line.color}`} />{line.name} <b>{props.format(last(line))}</b></span>
        ))}
      </figcaption>
      <div class="chart-box" ref={box} style={{ height: `${props.height ?? 150}px` }} />
    </figure>
  );
}

/** A line of a few values, for a cell of a table. */
export function Spark({ values, label }: { values: readonly number[]; label: string }) {
  if (values.length < 2) return <span class="faint">–</span>;
  const max = Math.max(...values, 1e-9), width = 84, height = 22;
  const points = values.map((v, i) => `${((i / (values.length - 1)) * width).toFixed(1)},${(height - 2 - (v / max) * (height - 4)).toFixed(1)}`);
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <path class="area" d={`M0,${height} L${points.join(" L")} L${width},${height} Z`} />
      <path d={`M${points.join(" L")}`} />
    </svg>
  );
}
