// A scan of a topic: what is asked for, the rows that have come, and how far it is.
import { signal } from "@preact/signals";
import { ApiError, kBase, path, query } from "../api/client.ts";
import type { Progress, Row } from "../api/types.ts";
import { takeEvents } from "./events.ts";

export interface Ask {
  from: string;
  limit: number;
  partitions: string;
  filter: string;
  text: string;
  live: boolean;
}

export const kRingMax = 5000;
const kDefaultLimit = 500;
const kLiveStart = 100;

/** What the address asks for; the plain address is the newest 500 of all partitions. */
export function askOf(values: Record<string, string>): Ask {
  const limit = Number(values.limit ?? kDefaultLimit);
  return {
    from: values.from ?? "newest", limit: Number.isFinite(limit) && limit > 0 ? Math.min(10000, Math.floor(limit)) : kDefaultLimit,
    partitions: values.partitions ?? "", filter: values.filter ?? "", text: values.text ?? "", live: values.live === "1",
  };
}

export function scanQuery(ask: Ask): string {
  return query({
    from: ask.live ? "newest" : ask.from, limit: ask.live ? kLiveStart : ask.limit, partitions: ask.partitions,
    filter: ask.filter, text: ask.text, live: ask.live ? 1 : null,
  });
}

/** Puts new rows where they belong: in the server's order when reading forwards, else the newest on top; a row that is there already stays. */
export function placed(rows: readonly Row[], fresh: readonly Row[], newestFirst: boolean, max: number): Row[] {
  if (!newestFirst) return [...rows, ...fresh].slice(0, max);
  const known = new Set(rows.map(recordKey));
  const sorted = fresh.filter((row) => !known.has(recordKey(row))).sort(byTime);
  const first = rows[0], last = rows.at(-1), newest = sorted[0], oldest = sorted.at(-1);
  if (!first || !last || !newest || !oldest) return [...rows, ...sorted].slice(0, max);
  if (timeOf(oldest) >= timeOf(first)) return [...sorted, ...rows].slice(0, max);
  const all = [...rows, ...sorted];
  return (timeOf(newest) > timeOf(last) ? all.sort(byTime) : all).slice(0, max);
}

export const recordKey = (row: { p: number; o: string | number }) => `${row.p}/${row.o}`;

const byTime = (a: Row, b: Row) => timeOf(b) - timeOf(a);

function timeOf(row: Row): number {
  return typeof row.ts === "number" ? row.ts : Date.parse(row.ts);
}

export type ScanState = "running" | "live" | "ended" | "cancelled" | "failed";

/** One scan; started once, ended by its end, by cancel() or by an error. */
export class Scan {
  readonly rows = signal<readonly Row[]>([]);
  readonly progress = signal<Progress | null>(null);
  readonly state = signal<ScanState>("running");
  readonly reason = signal("");
  readonly error = signal<ApiError | null>(null);
  readonly paused = signal(false);
  readonly skipped = signal(0);
  readonly waiting = signal(0);
  private readonly abort = new AbortController();
  private readonly newestFirst: boolean;
  private held: Row[] = [];
  private pending: Row[] = [];
  private frame = 0;

  constructor(private readonly cluster: string, private readonly topic: string, private readonly ask: Ask, before: Scan | null = null) {
    this.newestFirst = ask.live || ask.from === "newest";
    // The tail on or off asks for the same rows: those on the screen stay, and the focus with them.
    if (before?.finds(cluster, topic, ask)) this.rows.value = before.rows.value;
  }

  /** Whether another scan's rows would be among this one's. */
  private finds(cluster: string, topic: string, ask: Ask): boolean {
    const same = cluster === this.cluster && topic === this.topic && ask.live !== this.ask.live;
    return same && this.newestFirst && (ask.live || ask.from === "newest") &&
      ask.filter === this.ask.filter && ask.text === this.ask.text && ask.partitions === this.ask.partitions;
  }

  async run(): Promise<void> {
    try {
      const where = `${kBase}/clusters${path(this.cluster)}/topics${path(this.topic)}/messages${scanQuery(this.ask)}`;
      const response = await fetch(where, { headers: { Accept: "text/event-stream" }, signal: this.abort.signal });
      if (!response.ok) throw await errorOf(response);
      if (this.ask.live) this.state.value = "live";
      await this.read(response.body!);
      this.flush();
      if (this.state.value === "running" || this.state.value === "live") this.state.value = "ended";
    } catch (reason) {
      this.flush();
      if (this.abort.signal.aborted) return;
      this.error.value = reason instanceof ApiError ? reason
        : new ApiError(0, "", "The stream of messages was cut.", "See whether rowhouse still runs; the rows that have come are kept. Run it again.");
      this.state.value = "failed";
    }
  }

  cancel(): void {
    if (this.state.value === "running" || this.state.value === "live") this.state.value = "cancelled";
    cancelAnimationFrame(this.frame);
    this.abort.abort();
    this.flush();
  }

  /** Holds back rows of a live tail, counting them, and lets them in again. */
  setPaused(paused: boolean): void {
    this.paused.value = paused;
    if (paused) return;
    this.pending.push(...this.held);
    this.held = [];
    this.waiting.value = 0;
    this.flush();
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const taken = takeEvents(rest + value);
      rest = taken.rest;
      for (const { event, data } of taken.events) this.hear(event, JSON.parse(data));
    }
  }

  private hear(event: string, data: unknown): void {
    if (event === "records") this.add(data as Row[]);
    else if (event === "progress") this.progress.value = data as Progress;
    else if (event === "skipped") this.skipped.value += (data as { events: number }).events;
    else if (event === "end") this.end(data as { reason: string; error?: { code?: string; message?: string; fix?: string } });
  }

  private end(data: { reason: string; error?: { code?: string; message?: string; fix?: string } | string }): void {
    this.reason.value = data.reason;
    this.state.value = data.reason === "error" ? "failed" : "ended";
    if (!data.error) return;
    const error = typeof data.error === "string" ? { message: data.error } : data.error;
    this.error.value = new ApiError(0, ("code" in error && error.code) || "", error.message ?? "The scan failed.", ("fix" in error && error.fix) || "");
  }

  private add(fresh: Row[]): void {
    if (this.paused.value) {
      this.held = placed(this.held, fresh, false, Infinity).slice(-kRingMax);
      this.waiting.value = this.held.length;
      return;
    }
    this.pending.push(...fresh);
    // A burst is drawn once a frame, however many events it comes in.
    if (!this.frame) this.frame = requestAnimationFrame(() => this.flush());
  }

  private flush(): void {
    this.frame = 0;
    if (this.pending.length === 0) return;
    this.rows.value = placed(this.rows.value, this.pending, this.newestFirst, this.ask.live ? kRingMax : Math.max(kRingMax, this.ask.limit));
    this.pending = [];
  }
}

async function errorOf(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => ({}))) as { error?: { code?: string; message?: string; fix?: string } };
  return new ApiError(response.status, body.error?.code ?? "", body.error?.message ?? `The server answered ${response.status}.`, body.error?.fix ?? "");
}
