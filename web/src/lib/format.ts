// How numbers, sizes and durations are shown.
//
// Counts arrive as text and stay text: an int64 or a decimal never becomes a
// JavaScript number, which would round it above 2^53. Only what is a
// measurement anyway (rates, seconds, percentages) is a number here.

/** "48120331" gives "48,120,331"; a sign and a fraction are kept as they are. */
export function grouped(text: string | number | bigint | null | undefined): string {
  if (text === null || text === undefined || text === "") return "–";
  const match = /^(-?)(\d+)(\.\d+)?$/.exec(String(text));
  if (!match) return String(text);
  const [, sign, whole = "", fraction = ""] = match;
  return sign + whole.replace(/\B(?=(\d{3})+$)/g, ",") + fraction;
}

/** Adds and subtracts counts without rounding; absent or odd text counts as 0. */
export function exact(text: string | number | null | undefined): bigint {
  if (typeof text === "number") return Number.isFinite(text) ? BigInt(Math.trunc(text)) : 0n;
  return text && /^-?\d+$/.test(text) ? BigInt(text) : 0n;
}

/** Orders numbers given as text: by value, exactly, text that is no number last. */
export function compareNumeric(a: string, b: string): number {
  const x = splitNumber(a), y = splitNumber(b);
  if (!x || !y) return x ? -1 : y ? 1 : a < b ? -1 : a > b ? 1 : 0;
  if (x.whole !== y.whole) return x.whole < y.whole ? -1 : 1;
  const width = Math.max(x.fraction.length, y.fraction.length);
  const left = BigInt(x.sign + (x.fraction.padEnd(width, "0") || "0"));
  const right = BigInt(y.sign + (y.fraction.padEnd(width, "0") || "0"));
  return left < right ? -1 : left > right ? 1 : 0;
}

function splitNumber(text: string): { sign: string; whole: bigint; fraction: string } | null {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) return null;
  const sign = match[1] ?? "";
  return { sign, whole: BigInt(sign + match[2]), fraction: match[3] ?? "" };
}

const kSizes = ["B", "KB", "MB", "GB", "TB", "PB"];

/** Bytes in decimal units: "12.3 MB". */
export function bytes(value: number | string | null | undefined): string {
  if (value === null || value === undefined || value === "") return "–";
  let size = Number(value), unit = 0;
  if (!Number.isFinite(size)) return "–";
  while (size >= 999.5 && unit < kSizes.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 || size >= 99.95 ? Math.round(size) : size.toFixed(1)} ${kSizes[unit]}`;
}

/** A rate or another measurement in at most four characters and a unit: "12.3 k". */
export function compact(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1e15) return value.toExponential(1);
  if (size >= 1e12) return `${trim(value / 1e12)} T`;
  if (size >= 1e9) return `${trim(value / 1e9)} G`;
  if (size >= 1e6) return `${trim(value / 1e6)} M`;
  if (size >= 1e4) return `${trim(value / 1e3)} k`;
  if (size >= 100 || Number.isInteger(value)) return grouped(Math.round(value));
  return trim(value);
}

function trim(value: number): string {
  const size = Math.abs(value);
  return size >= 100 ? value.toFixed(0) : size >= 1 ? value.toFixed(1) : value.toFixed(2);
}

/** "0.4 s", "41 s", "3 m 20 s", "2 h 10 m", "6 d 4 h". */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  if (seconds < 0) return `-${duration(-seconds)}`;
  if (seconds < 0.0005) return "0 s";
  if (seconds < 0.1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return two(Math.floor(whole / 60), "m", whole % 60, "s");
  if (whole < 86400) return two(Math.floor(whole / 3600), "h", Math.floor((whole % 3600) / 60), "m");
  return two(Math.floor(whole / 86400), "d", Math.floor((whole % 86400) / 3600), "h");
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small ? `${large} ${largeUnit} ${small} ${smallUnit}` : `${large} ${largeUnit}`;
}

/** Milliseconds of a hop: "0.42 ms", "12 ms", "1.2 s". */
export function millis(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value >= 1000) return duration(value / 1000);
  return `${value >= 9.95 ? Math.round(value) : value >= 0.995 ? value.toFixed(1) : value.toFixed(2)} ms`;
}

/** "1 row", "2 rows", "0 rows"; the count may be text. */
export function plural(count: number | string, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${String(count) === "1" ? one : many}`;
}
