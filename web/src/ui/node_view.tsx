// A decoded value as a tree that opens and closes.
import { useState } from "preact/hooks";
import type { Node } from "../api/types.ts";
import { fieldsOf, isCompound, isNull, itemsOf, lineOf, scalarText } from "../lib/node.ts";
import { Icon } from "./icon.tsx";

const kShownFirst = 200;

export function Scalar({ node }: { node: Node | null }) {
  if (isNull(node)) return <span class="v-null">null</span>;
  const value = node!;
  if (isCompound(value)) return <span class="v-text">{lineOf(value)}</span>;
  const raw = (value as { raw?: string }).raw;
  return <span class={`v-${value.t.replace(/[^a-z]/gi, "-")} v-text`} title={raw === undefined ? value.t : `${value.t}, stored as ${raw}`}>{scalarText(value)}</span>;
}

function children(node: Node): [string, Node][] {
  return node.t === "array" ? itemsOf(node).map((item, i) => [String(i), item]) : fieldsOf(node);
}

function Branch({ name, node, deep }: { name: string; node: Node; deep: number }) {
  const [open, setOpen] = useState(deep < 2);
  const [all, setAll] = useState(false);
  const inner = children(node);
  const shown = all ? inner : inner.slice(0, kShownFirst);
  return (
    <li>
      <button type="button" class="branch" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? "down" : "right"} /><span class="v-name">{name}</span>
        <span class="faint">{node.t === "array" ? `${inner.length} items` : open ? "" : lineOf(node).slice(0, 80)}</span>
      </button>
      {open && (
        <ul>
          {shown.map(([n, child]) => <Entry key={n} name={n} node={child} deep={deep + 1} />)}
          {shown.length < inner.length && <li><button type="button" class="link" onClick={() => setAll(true)}>{inner.length - shown.length} more</button></li>}
        </ul>
      )}
    </li>
  );
}

function Entry({ name, node, deep }: { name: string; node: Node; deep: number }) {
  if (isCompound(node) && children(node).length) return <Branch name={name} node={node} deep={deep} />;
  return (
    <li class="leaf">
      <span class="v-name">{name}</span><Scalar node={node} /><span class="v-type">{node.t}</span>
    </li>
  );
}

export function NodeView({ node }: { node: Node }) {
  if (!isCompound(node)) return <div class="tree"><Scalar node={node} /></div>;
  return <ul class="tree">{children(node).map(([name, child]) => <Entry key={name} name={name} node={child} deep={0} />)}</ul>;
}
