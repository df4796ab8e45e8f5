// The uPlot part of a chart, a chunk of its own.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export interface Line {
  name: string;
  values: readonly (number | null)[];
  /** A token of tokens.css without its dashes: "accent", "ok", "bad"… */
  color: string;
  fill?: boolean;
}

export interface ChartProps {
  label: string;
  /** Seconds since 1970 of each value. */
  at: readonly number[];
  lines: readonly Line[];
  format: (value: number | null) => string;
  height?: number;
  kind?: "lines" | "bars";
}

export interface Drawing {
  update: (props: ChartProps) => void;
  destroy: () => void;
}

/** What a token comes to in the theme of now; canvas knows no light-dark(). */
function colorOf(box: HTMLElement, token: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(--${token})`;
  box.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}

function withAlpha(color: string, alpha: number): string {
  return color.replace(/^rgb\(([^)]+)\)$/, `rgba($1, ${alpha})`);
}

function dataOf(props: ChartProps): uPlot.AlignedData {
  return [[...props.at], ...props.lines.map((line) => [...line.values])] as uPlot.AlignedData;
}

function optionsOf(box: HTMLElement, props: ChartProps, zone: "local" | "utc"): uPlot.Options {
  const grid = colorOf(box, "line"), text = colorOf(box, "text-3");
  const font = `11px ${getComputedStyle(box).fontFamily}`;
  const axis = { stroke: text, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  const bars = props.kind === "bars" ? { paths: uPlot.paths.bars!({ size: [0.7, 40] }) } : {};
  return {
    width: box.clientWidth, height: box.clientHeight, padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    tzDate: (ts) => (zone === "utc" ? uPlot.tzDate(new Date(ts * 1000), "Etc/UTC") : new Date(ts * 1000)),
    scales: { y: { range: (_, min, max) => [Math.min(0, min ?? 0), (max ?? 0) <= 0 ? 1 : max * 1.12] } },
    axes: [
      { ...axis, size: 24, space: 70, values: "{HH}:{mm}" as unknown as uPlot.Axis.Values },
      { ...axis, size: 52, space: 30, values: (_, splits) => splits.map((value) => props.format(value)) },
    ],
    series: [
      {},
      ...props.lines.map((line) => {
        const color = colorOf(box, line.color);
        return { label: line.name, stroke: color, width: 1.5, points: { show: false }, ...(line.fill || bars.paths ? { fill: withAlpha(color, bars.paths ? 0.55 : 0.1) } : {}), ...bars };
      }),
    ],
    hooks: { setCursor: [(plot) => showTip(box, plot, props)] },
  };
}

/** The values under the cursor. */
function showTip(box: HTMLElement, plot: uPlot, props: ChartProps): void {
  let tip = box.querySelector<HTMLElement>(".chart-tip");
  const index = plot.cursor.idx;
  if (index === null || index === undefined) {
    tip?.remove();
    return;
  }
  if (!tip) {
    tip = document.createElement("div");
    tip.className = "chart-tip";
    box.append(tip);
  }
  const at = plot.data[0][index];
  const clock = at === undefined ? "" : new Date(at * 1000).toLocaleTimeString([], { hour12: false });
  tip.replaceChildren(clock, ...props.lines.map((line, i) => {
    const row = document.createElement("div");
    row.textContent = `${line.name} ${props.format(plot.data[i + 1]?.[index] ?? null)}`;
    return row;
  }));
  const left = (plot.cursor.left ?? 0) + 60;
  tip.style.left = `${left + 130 > box.clientWidth ? left - 140 : left + 8}px`;
}

export function drawChart(box: HTMLElement, props: ChartProps, zone: "local" | "utc"): Drawing {
  const plot = new uPlot(optionsOf(box, props, zone), dataOf(props), box);
  const observer = new ResizeObserver(() => {
    if (box.clientWidth > 0) plot.setSize({ width: box.clientWidth, height: box.clientHeight });
  });
  observer.observe(box);
  return {
    update: (next) => plot.setData(dataOf(next)),
    destroy: () => {
      observer.disconnect();
      plot.destroy();
      box.querySelector(".chart-tip")?.remove();
    },
  };
}
