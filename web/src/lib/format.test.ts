import { describe, expect, it } from "vitest";
import { bytes, compact, compareNumeric, duration, exact, grouped, millis, plural } from "./format.ts";

describe("grouped", () => {
  it("keeps every digit of numbers that a float would round", () => {
    expect(grouped("9007199254740993")).toBe("9,007,199,254,740,993");
    expect(grouped("18446744073709551615")).toBe("18,446,744,073,709,551,615");
    expect(grouped("-12345678901234567890.00010")).toBe("-12,345,678,901,234,567,890.00010");
  });
  it("leaves text alone that is no number", () => {
    expect(grouped("12:30")).toBe("12:30");
    expect(grouped(null)).toBe("–");
    expect(grouped("")).toBe("–");
  });
});

describe("exact", () => {
  it("adds up beyond 2^53", () => {
    expect(exact("9007199254740993") - exact("9007199254740992")).toBe(1n);
  });
  it("takes odd text as nothing", () => {
    expect(exact("many")).toBe(0n);
    expect(exact(null)).toBe(0n);
  });
});

describe("compareNumeric", () => {
  it("orders by value, not by letters and not by floats", () => {
    const sorted = ["10", "9", "9007199254740993", "9007199254740992", "-1.5", "-1.25", "0.1", "0.09"].sort(compareNumeric);
    expect(sorted).toEqual(["-1.5", "-1.25", "0.09", "0.1", "9", "10", "9007199254740992", "9007199254740993"]);
  });
  it("puts text that is no number last", () => {
    expect(["x", "2", "1"].sort(compareNumeric)).toEqual(["1", "2", "x"]);
  });
  it("knows minus zero point five from zero point five", () => {
    expect(compareNumeric("-0.5", "0.5")).toBe(-1);
  });
});

describe("measurements", () => {
  it("says sizes in decimal units", () => {
    expect([0, 999, 1000, 12345678, "1000000000"].map((n) => bytes(n))).toEqual(["0 B", "999 B", "1.0 KB", "12.3 MB", "1.0 GB"]);
  });
  it("says rates shortly", () => {
    expect([0, 3, 0.25, 512, 9999, 12345, 3.4e6, 2e12].map(compact)).toEqual(["0", "3", "0.25", "512", "9,999", "12.3 k", "3.4 M", "2.0 T"]);
  });
  it("says durations in at most two units", () => {
    expect([0, 0.012, 0.4, 41, 200, 3600, 7800, 533000, -5].map(duration)).toEqual(["0 s", "12 ms", "0.4 s", "41 s", "3 m 20 s", "1 h", "2 h 10 m", "6 d 4 h", "-5.0 s"]);
    expect(duration(59.7)).toBe("1 m");
    expect(duration(null)).toBe("–");
  });
  it("says hops in milliseconds", () => {
    expect([0.42, 1.2, 12.4, 1200].map(millis)).toEqual(["0.42 ms", "1.2 ms", "12 ms", "1.2 s"]);
  });
  it("counts one and many", () => {
    expect([plural(1, "row"), plural("2", "row"), plural(0, "row")]).toEqual(["1 row", "2 rows", "0 rows"]);
  });
});
