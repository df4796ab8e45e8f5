import { describe, expect, it } from "vitest";
import type { LogLine, RecordDetail, RecordPart, Table } from "../api/types.ts";
import { keyName } from "../lib/keys.ts";
import { patched } from "../lib/query.ts";
import { relative, timeText } from "../lib/time.ts";
import { sortRows, type ColumnOf } from "../ui/data_table.tsx";
import { idOf, propertiesOf } from "./cluster_form.tsx";
import { targetOf } from "./group.tsx";
import { trendText } from "./groups.tsx";
import { fromChoice, midnight } from "./message_filters.tsx";
import { streamPace, streamWidth } from "./overview_picture.tsx";
import { appended } from "./service_log.tsx";
import { isWhole, partOf } from "./produce.tsx";
import { quoteName } from "./sql.tsx";
import { mendTables, noteOf } from "./tables.tsx";
import { totalMs } from "./trace.tsx";

describe("lists", () => {
  const columns: readonly ColumnOf<{ n: string | null }>[] = [{ id: "n", head: "N", numeric: true, cell: () => null, value: (r) => r.n }];
  const rows = [{ n: "10" }, { n: null }, { n: "9" }, { n: "9007199254740993" }];
  it("sort numbers exactly, what is absent last both ways", () => {
    expect(sortRows(rows, columns, "n").map((r) => r.n)).toEqual(["9", "10", "9007199254740993", null]);
    expect(sortRows(rows, columns, "-n").map((r) => r.n)).toEqual(["9007199254740993", "10", "9", null]);
  });
  it("stay in the order of the server under an unknown sort", () => {
    expect(sortRows(rows, columns, "x")).toBe(rows);
  });
});

describe("live tables", () => {
  const table = (name: string, state: Table["state"]) => ({ table: name, state }) as Table;
  it("take over the changed ones and add new ones", () => {
    const old = { items: [table("a", "running"), table("b", "running")] };
    expect(mendTables(old, [table("b", "paused"), table("c", "new")]).items.map((t) => `${t.table} ${t.state}`)).toEqual(["a running", "b paused", "c new"]);
  });
});

describe("the note of a table", () => {
  const paused = { by: "ann", reason: "moved", since: "" };
  it("says who holds it back and why, unless something is wrong", () => {
    const note = (table: Partial<Table>) => noteOf({ note: "", paused: null, ...table } as Table);
    expect([note({}), note({ paused }), note({ paused: { ...paused, reason: "" } }), note({ paused, note: "refused" })]).toEqual(["", "by ann: moved", "by ann", "refused"]);
  });
});

describe("addresses", () => {
  it("lose what is empty and keep the rest", () => {
    expect(patched({ q: "a", tab: "x" }, { q: "", live: true, n: 3 })).toBe("?tab=x&live=1&n=3");
    expect(patched({ q: "a" }, { q: null })).toBe("");
  });
});

describe("keys", () => {
  it("are named as bindings write them", () => {
    expect(keyName({ key: "K", ctrlKey: true, metaKey: false, altKey: false })).toBe("Ctrl+k");
    expect(keyName({ key: "?", ctrlKey: false, metaKey: false, altKey: false })).toBe("?");
  });
});

describe("times", () => {
  it("say the zone they are in", () => {
    expect(timeText("2026-01-31T08:04:11.123Z", "utc")).toBe("2026-01-31 08:04:11.123Z");
    expect(timeText(null, "utc")).toBe("–");
    expect(timeText("nonsense", "utc")).toBe("–");
  });
  it("say how long ago", () => {
    expect(relative(1000, 1000)).toBe("now");
    expect(relative(1000, 64000)).toBe("1 m 3 s ago");
    expect(relative(64000, 1000)).toBe("in 1 m 3 s");
  });
});

describe("topics", () => {
  it("know today and yesterday in an address again", () => {
    const now = Date.UTC(2026, 0, 31, 12);
    expect(fromChoice(midnight(0, now), now)).toBe("today");
    expect(fromChoice(midnight(1, now), now)).toBe("yesterday");
    expect(fromChoice("time:2020-01-01T00:00:00.000Z", now)).toBe("time");
    expect(fromChoice("offset:12", now)).toBe("offset");
    expect(fromChoice("last:1h", now)).toBe("last:1h");
  });
});

describe("groups", () => {
  it("say when a shrinking lag is gone, and how fast it grows", () => {
    expect(trendText("5310", -120)).toBe("level in 44 s");
    expect(trendText("5310", 652)).toBe("+652/s");
    expect(trendText("5310", 0)).toBe("steady");
    expect(trendText("5310", null)).toBe("steady");
  });
  it("write the target of a reset as the API takes it", () => {
    expect([targetOf("earliest", ""), targetOf("offset", "12"), targetOf("shift", "100"), targetOf("shift", "-100")]).toEqual(["earliest", "offset:12", "shift:+100", "shift:-100"]);
  });
});

describe("clusters", () => {
  it("get an id out of their name", () => {
    expect(idOf(" Production (EU) ")).toBe("production-eu");
  });
  it("read client properties by line", () => {
    expect(propertiesOf("a=b\n# no\n\n c.d = e=f ")).toEqual({ a: "b", "c.d": "e=f" });
  });
});

describe("the picture", () => {
  it("is wider and quicker for a busier stream, within limits", () => {
    expect(streamWidth(0)).toBe(1);
    expect(streamWidth(100)).toBeGreaterThan(streamWidth(10));
    expect(streamWidth(1e9)).toBeLessThanOrEqual(9);
    expect(streamPace(0)).toBe(0);
    expect(streamPace(1000)).toBeLessThan(streamPace(10));
  });
});

describe("logs", () => {
  const line = (n: number): LogLine => ({ n, at: null, level: "info", text: "" });
  it("never show a line twice and forget the oldest", () => {
    expect(appended([line(1), line(2)], [line(2), line(3)]).map((l) => l.n)).toEqual([1, 2, 3]);
    expect(appended([line(1), line(2)], [line(3)], 2).map((l) => l.n)).toEqual([2, 3]);
  });
});

describe("traces", () => {
  it("last from the first hop to the last one reached", () => {
    const hop = (at: string | null) => ({ hop: "read" as const, reached: true, at, since_ms: null, place: "" });
    expect(totalMs([hop("2026-01-01T00:00:00.000Z"), hop("2026-01-01T00:00:00.250Z"), hop(null)])).toBe(250);
    expect(totalMs([hop(null)])).toBeNull();
  });
});

describe("names in SQL", () => {
  it("are quoted only where they must be", () => {
    expect(quoteName("orders")).toBe("orders");
    expect(quoteName("after.Value.id")).toBe("`after.Value.id`");
    expect(quoteName("a`b")).toBe("`a\\`b`");
  });
});

describe("a record that is produced again", () => {
  const part = (over: Partial<RecordPart>): RecordPart => ({ format: "json", schema_id: null, subject: null, version: null, size: 1, node: { t: "null" }, text: "", hex: "", truncated: false, ...over });
  it("is written by the bytes it had, whatever its node shows", () => {
    expect(partOf(part({ format: "avro", schema_id: 41, text: '{"id": 9007199254740993}' }))).toEqual({ format: "avro", schema_id: "41", text: '{"id": 9007199254740993}' });
    expect(partOf(part({ format: "json", text: '{"id":1}' }))).toEqual({ format: "json", schema_id: "", text: '{"id":1}' });
    expect(partOf(part({ format: "string", text: "hello" }))).toEqual({ format: "string", schema_id: "", text: "hello" });
    expect(partOf(part({ format: "string", text: null }))).toEqual({ format: "string", schema_id: "", text: "" });
    expect(partOf(part({ format: "bytes", text: null, hex: "00 FF" }))).toEqual({ format: "hex", schema_id: "", text: "0x00ff" });
    expect(partOf(part({ format: "null", text: null, hex: null }))).toEqual({ format: "null", schema_id: "", text: "" });
  });
  it("is whole where nothing is cut and its headers are text", () => {
    const record = (over: Partial<RecordDetail>) => ({ key: part({}), value: part({}), headers: [], ...over }) as unknown as RecordDetail;
    const header = (text: string, hex: string | null) => [{ name: "h", text, hex }];
    expect([
      record({}), record({ headers: header("é", "c3 a9") }), record({ headers: header("shop", null) }),
      record({ headers: header("\ufffd", "ff") }), record({ value: part({ truncated: true }) }), record({ key: part({ truncated: true }) }),
    ].map(isWhole)).toEqual([true, true, true, false, false, false]);
  });
});
