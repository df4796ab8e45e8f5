// What a change did: Debezium's letter as a word.
const kOps: Record<string, string> = { c: "insert", u: "update", d: "delete", r: "snapshot", t: "truncate", m: "message" };

export function Op({ op }: { op: string | null | undefined }) {
  if (!op) return <span class="faint">–</span>;
  return <span class={`op ${op}`} title={kOps[op] ?? op}>{kOps[op] ?? op}</span>;
}
