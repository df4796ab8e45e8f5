import { describe, expect, it } from "vitest";
import { chartOf, secondsOf } from "./sql_chart.ts";
import { diffLines } from "./diff.ts";
import { takeEvents } from "./events.ts";
import { csvField, csvOf } from "./export.ts";
import { alsoWanted, condition, fieldPath, literal } from "./filter.ts";
import { best, score } from "./fuzzy.ts";
import { prettyJson } from "./json.ts";
import { jsonOf, lineOf, pairs } from "./node.ts";
import type { Node } from "../api/types.ts";

describe("takeEvents", () => {
  it("gives whole events and keeps the rest for later", () => {
    const first = takeEvents('event: records\ndata: [1]\n\n: keep\n\nevent: progress\nda');
    expect(first.events).toEqual([{ event: "records", data: "[1]" }]);
    const second = takeEvents(`${first.rest}ta: {"a":1}\n\n`);
    expect(second).toEqual({ events: [{ event: "progress", data: '{"a":1}' }], rest: "" });
  });
  it("understands CRLF and data of several lines", () => {
    expect(takeEvents("data: a\r\ndata: b\r\n\r\n").events).toEqual([{ event: "message", data: "a\nb" }]);
  });
});

describe("filter expressions", () => {
  it("writes numbers bare and text quoted", () => {
    expect(condition("value.after.id", "long", "==", "9007199254740993")).toBe("value.after.id == 9007199254740993");
    expect(condition("value.after.name", "string", "==", 'a "b" \\')).toBe('value.after.name == "a \\"b\\" \\\\"');
    expect(condition("value.after.amount", "decimal", ">", "1e5")).toBe('value.after.amount > "1e5"');
    expect(condition("value.after.id", "long", "contains", "12")).toBe('value.after.id.contains("12")');
    expect(literal("boolean", "true")).toBe("true");
    expect(literal("string", "null")).toBe("null");
  });
  it("puts odd names into brackets", () => {
    expect(fieldPath("value.after", ["a b"])).toBe('value.after["a b"]');
    expect(fieldPath("value", ["after", "id"])).toBe("value.after.id");
  });
  it("adds a condition without changing what was there", () => {
    expect(alsoWanted("", "op == \"u\"")).toBe('op == "u"');
    expect(alsoWanted('a == 1 || b == 2', "c == 3")).toBe("(a == 1 || b == 2) && c == 3");
    expect(alsoWanted("a == 1 && b == 2", "b == 2")).toBe("a == 1 && b == 2");
  });
});

const record = (...fields: [string, Node][]): Node => ({ t: "record", f: fields });
const long = (v: string): Node => ({ t: "long", v });

describe("decoded values", () => {
  it("become JSON with every digit", () => {
    const node = record(["id", long("9007199254740993")], ["price", { t: "decimal", v: "0.10" }], ["tags", { t: "array", i: [{ t: "string", v: "a" }] }], ["none", { t: "null" }]);
    expect(jsonOf(node)).toBe('{\n  "id": 9007199254740993,\n  "price": "0.10",\n  "tags": [\n    "a"\n  ],\n  "none": null\n}');
    expect(lineOf(node)).toBe('{ "id": 9007199254740993, "price": "0.10", "tags": [ "a" ], "none": null }');
  });
  it("do not become a bare word that is no JSON", () => {
    expect(jsonOf({ t: "double", v: "NaN" })).toBe('"NaN"');
  });
  it("are set against each other by column", () => {
    const rows = pairs(record(["id", long("1")], ["a", long("9007199254740992")], ["gone", long("1")]), record(["id", long("1")], ["a", long("9007199254740993")]));
    expect(rows.map((r) => [r.name, r.changed])).toEqual([["id", false], ["a", true], ["gone", true]]);
  });
  it("have no change where there is only one side", () => {
    expect(pairs(null, record(["id", long("1")])).map((r) => r.changed)).toEqual([false]);
  });
});

describe("diffLines", () => {
  it("finds the shortest edit", () => {
    expect(diffLines("a\nb\nc\nd", "a\nc\nx\nd").map((l) => `${l.kind[0]}${l.text}`)).toEqual(["sa", "rb", "sc", "ax", "sd"]);
  });
  it("numbers the lines of both sides", () => {
    expect(diffLines("a\nb", "b").at(-1)).toEqual({ kind: "same", text: "b", left: 2, right: 1 });
  });
});

describe("prettyJson", () => {
  it("indents without touching a number or a string", () => {
    expect(prettyJson('{"a":9007199254740993,"b":[],"c":{"d":"x,y:{\\"z"}}')).toBe('{\n  "a": 9007199254740993,\n  "b": [],\n  "c": {\n    "d": "x,y:{\\"z"\n  }\n}');
  });
  it("leaves what is no JSON", () => {
    expect(prettyJson("syntax = \"proto3\";")).toBe("syntax = \"proto3\";");
  });
});

describe("finding by a few letters", () => {
  it("prefers a beginning of a word", () => {
    expect(best("ord", ["records", "shop.orders", "orders"], (t) => t, 3)).toEqual(["orders", "shop.orders", "records"]);
  });
  it("wants letters in order", () => {
    expect(score("so", "shop.orders")).toBeGreaterThan(0);
    expect(score("zz", "shop.orders")).toBe(0);
  });
});

describe("files", () => {
  it("quote as RFC 4180 wants it", () => {
    expect(csvField('a "b", c')).toBe('"a ""b"", c"');
    expect(csvOf([{ n: "9007199254740993" }], [{ id: "n", head: "N", cell: () => null, value: (r) => r.n }])).toBe("n\r\n9007199254740993\r\n");
  });
});

describe("charts of results", () => {
  const result = (columns: [string, string][], rows: (string | null)[][]) => ({ columns: columns.map(([name, type]) => ({ name, type })), rows, rows_read: "0", bytes_read: "0", elapsed_ms: 1, truncated: false });
  it("draw numbers over the first time, in its order", () => {
    const chart = chartOf(result([["t", "DateTime"], ["n", "UInt64"]], [["2026-01-01 00:01:00", "2"], ["2026-01-01 00:00:00", "1"]]));
    expect(chart).toMatchObject({ times: true, lines: [{ name: "n", values: [1, 2] }] });
    expect(chart!.at[1]! - chart!.at[0]!).toBe(60);
  });
  it("draw by row where there is no time, and nothing without a number", () => {
    expect(chartOf(result([["name", "String"], ["n", "Decimal(12, 2)"]], [["a", "1.50"], ["b", null]]))).toMatchObject({ times: false, at: [0, 1], lines: [{ values: [1.5, null] }] });
    expect(chartOf(result([["name", "String"]], [["a"]]))).toBeNull();
  });
  it("read dates and times as UTC", () => {
    expect(secondsOf("1970-01-02")).toBe(86400);
    expect(secondsOf("1970-01-01 00:00:01.500000")).toBe(1.5);
  });
});

