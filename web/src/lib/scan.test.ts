// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { Row } from "../api/types.ts";
import { askOf, placed, Scan, scanQuery } from "./scan.ts";

const row = (o: number, ts: number): Row => ({ p: 0, o: String(o), ts: new Date(ts).toISOString(), key: null, value: null, size: 1 });
const offsets = (rows: readonly Row[]) => rows.map((r) => Number(r.o));

describe("what an address asks for", () => {
  it("is the newest 500 when it says nothing", () => {
    expect(askOf({})).toEqual({ from: "newest", limit: 500, partitions: "", filter: "", text: "", live: false });
    expect(scanQuery(askOf({}))).toBe("?from=newest&limit=500");
  });
  it("is bounded whatever the address says", () => {
    expect(askOf({ limit: "999999" }).limit).toBe(10000);
    expect(askOf({ limit: "-4" }).limit).toBe(500);
    expect(askOf({ limit: "abc" }).limit).toBe(500);
  });
  it("escapes the expression", () => {
    expect(scanQuery(askOf({ filter: 'op == "u" && a > 1' }))).toContain("filter=op+%3D%3D+%22u%22+%26%26+a+%3E+1");
  });
  it("goes on after the end when live", () => {
    expect(scanQuery(askOf({ live: "1", from: "beginning" }))).toBe("?from=newest&limit=100&live=1");
  });
});

describe("placed", () => {
  it("appends in the order of the server when reading forwards", () => {
    expect(offsets(placed([row(1, 10)], [row(2, 20)], false, 10))).toEqual([1, 2]);
  });
  it("puts what came after on top and older blocks below", () => {
    const first = placed([], [row(5, 50), row(4, 40)], true, 10);
    expect(offsets(placed(first, [row(3, 30), row(2, 20)], true, 10))).toEqual([5, 4, 3, 2]);
    expect(offsets(placed(first, [row(6, 60), row(7, 70)], true, 10))).toEqual([7, 6, 5, 4]);
  });
  it("takes a row once, and older and newer ones of a block to their places", () => {
    const tail = placed([], [row(9, 90), row(5, 50)], true, 10);
    expect(offsets(placed(tail, [row(9, 90), row(10, 95), row(7, 70), row(5, 50), row(4, 40)], true, 10))).toEqual([10, 9, 7, 5, 4]);
  });
  it("keeps no more than the ring holds, dropping the oldest", () => {
    expect(offsets(placed([row(2, 20), row(1, 10)], [row(3, 30)], true, 2))).toEqual([3, 2]);
  });
});

describe("the live tail, on and off", () => {
  const before = new Scan("local", "t", askOf({ live: "1" }));
  before.rows.value = [row(1, 10)];
  it("keeps the rows on the screen", () => {
    expect(offsets(new Scan("local", "t", askOf({}), before).rows.value)).toEqual([1]);
  });
  it("begins anew where something else is asked for", () => {
    for (const other of [askOf({ text: "x" }), askOf({ from: "beginning" }), askOf({ live: "1" })]) expect(new Scan("local", "t", other, before).rows.value).toEqual([]);
    expect(new Scan("local", "other", askOf({}), before).rows.value).toEqual([]);
  });
});
