// Decoded values: as JSON text, as one line, and side by side. Numbers are text
// throughout.
import type { Node } from "../api/types.ts";

type Compound = { f?: [string, Node][]; i?: Node[]; v?: string; raw?: string };

export function fieldsOf(node: Node | null | undefined): [string, Node][] {
  return (node as Compound | null)?.f ?? [];
}

export function itemsOf(node: Node): Node[] {
  return (node as Compound).i ?? [];
}

export function isCompound(node: Node): boolean {
  return node.t === "record" || node.t === "map" || node.t === "array";
}

export function isNull(node: Node | null | undefined): boolean {
  return !node || node.t === "null";
}

const kBare = new Set(["int", "long", "boolean", "float", "double"]);

/** The value of a scalar as people write it. */
export function scalarText(node: Node): string {
  return node.t === "null" ? "null" : ((node as Compound).v ?? "");
}

/** JSON whose integers are exact; decimals and times are strings. */
export function jsonOf(node: Node, indent = 0): string {
  const pad = "  ".repeat(indent + 1), end = `\n${"  ".repeat(indent)}`;
  if (node.t === "record" || node.t === "map") {
    const fields = fieldsOf(node).map(([name, value]) => `${pad}${JSON.stringify(name)}: ${jsonOf(value, indent + 1)}`);
    return fields.length ? `{\n${fields.join(",\n")}${end}}` : "{}";
  }
  if (node.t === "array") {
    const items = itemsOf(node).map((item) => pad + jsonOf(item, indent + 1));
    return items.length ? `[\n${items.join(",\n")}${end}]` : "[]";
  }
  const text = scalarText(node);
  if (node.t === "null") return "null";
  return kBare.has(node.t) && /^(true|false|-?\d+(\.\d+)?([eE][+-]?\d+)?)$/.test(text) ? text : JSON.stringify(text);
}

/** A value in one line, for a cell. */
export function lineOf(node: Node | null | undefined): string {
  if (!node) return "";
  return isCompound(node) ? jsonOf(node).replace(/\n\s*/g, " ") : scalarText(node);
}

export interface Pair {
  name: string;
  before: Node | null;
  after: Node | null;
  changed: boolean;
}

/** The columns of a row before and after a change, in the order of the newer one. */
export function pairs(before: Node | null, after: Node | null): Pair[] {
  const old = new Map(fieldsOf(before)), fresh = new Map(fieldsOf(after));
  const names = [...fresh.keys(), ...[...old.keys()].filter((name) => !fresh.has(name))];
  const both = old.size > 0 && fresh.size > 0;
  return names.map((name) => {
    const a = old.get(name) ?? null, b = fresh.get(name) ?? null;
    return { name, before: a, after: b, changed: both && lineOf(a) !== lineOf(b) };
  });
}

export function field(node: Node | null, name: string): Node | null {
  return fieldsOf(node).find(([n]) => n === name)?.[1] ?? null;
}
