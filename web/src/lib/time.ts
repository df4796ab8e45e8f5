// Times are shown in the reader's zone or in UTC, by one switch; hovering tells
// the other one and how long ago it was.
import { signal } from "@preact/signals";
import { remembered } from "./store.ts";
import { duration } from "./format.ts";

/** "local" or "utc": how every time on every page is written. */
export const zone = remembered<"local" | "utc">("zone", "local");

/** A clock that ticks once a second while the page is visible. */
export const now = signal(Date.now());

export function startClock(): void {
  setInterval(() => {
    if (!document.hidden) now.value = Date.now();
  }, 1000);
}

function pad(value: number, width = 2): string {
  return String(value).padStart(width, "0");
}

/** What a time may come as: milliseconds since 1970, or RFC 3339 text. */
export type Instant = number | string | null | undefined;

export function millisecondsOf(at: Instant): number | null {
  if (at === null || at === undefined || at === "") return null;
  const value = typeof at === "number" ? at : /^\d+$/.test(at) ? Number(at) : Date.parse(at);
  return Number.isFinite(value) ? value : null;
}

/** "2026-01-31 08:04:11.123" in the given zone; UTC ends with "Z". */
export function timeText(at: Instant, where: "local" | "utc", milliseconds = true): string {
  const ms = millisecondsOf(at);
  if (ms === null) return "–";
  const shifted = new Date(where === "utc" ? ms : ms - new Date(ms).getTimezoneOffset() * 60000);
  const day = `${pad(shifted.getUTCFullYear(), 4)}-${pad(shifted.getUTCMonth() + 1)}-${pad(shifted.getUTCDate())}`;
  const clock = `${pad(shifted.getUTCHours())}:${pad(shifted.getUTCMinutes())}:${pad(shifted.getUTCSeconds())}`;
  const fraction = milliseconds ? `.${pad(shifted.getUTCMilliseconds(), 3)}` : "";
  return `${day} ${clock}${fraction}${where === "utc" ? "Z" : ""}`;
}

/** Only the time of day, for rows that are all of today. */
export function clockText(at: Instant, where: "local" | "utc"): string {
  const text = timeText(at, where);
  return text === "–" ? text : text.slice(11);
}

/** "3 s ago", "in 2 h", "now". */
export function relative(at: Instant, reference: number): string {
  const ms = millisecondsOf(at);
  if (ms === null) return "–";
  const seconds = (reference - ms) / 1000;
  if (Math.abs(seconds) < 1) return "now";
  return seconds > 0 ? `${duration(Math.round(seconds))} ago` : `in ${duration(Math.round(-seconds))}`;
}
