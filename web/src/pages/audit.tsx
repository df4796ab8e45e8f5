// Who changed what, when, from where, and how it went.
import { useResource } from "../api/live.ts";
import type { AuditEntry, Page as PageOf } from "../api/types.ts";
import { useQuery } from "../lib/query.ts";
import { Empty, Pill, Time } from "../ui/basic.tsx";
import { DataTable, type ColumnOf } from "../ui/data_table.tsx";
import { filtered, ListTools } from "../ui/list_tools.tsx";
import { Loaded, Page } from "../ui/page.tsx";

const kColumns: readonly ColumnOf<AuditEntry>[] = [
  { id: "at", head: "When", keep: true, value: (a) => a.at, cell: (a) => <Time at={a.at} /> },
  { id: "who", head: "Who", keep: true, value: (a) => a.who, cell: (a) => <span class="strong">{a.who}</span> },
  { id: "action", head: "Did", keep: true, class: "mono", value: (a) => a.action, cell: (a) => a.action },
  { id: "target", head: "To", class: "mono text", value: (a) => a.target, cell: (a) => a.target || <span class="faint">–</span> },
  { id: "outcome", head: "Outcome", value: (a) => a.outcome, cell: (a) => <Pill state={a.outcome} /> },
  { id: "detail", head: "Detail", class: "text", value: (a) => a.detail, cell: (a) => <span title={a.detail}>{a.detail}</span> },
  { id: "role", head: "As", value: (a) => a.role, cell: (a) => a.role },
  { id: "from", head: "From", class: "mono", value: (a) => a.from, cell: (a) => a.from },
];

export default function Audit() {
  const [query] = useQuery();
  const audit = useResource<PageOf<AuditEntry>>("/audit?limit=1000", { every: 15 });
  const shown = filtered(audit.data?.items ?? [], query.q, (a) => [a.who, a.action, a.target, a.outcome, a.detail, a.from]);
  return (
    <Page crumbs={[{ text: "Audit" }]} fill>
      <div class="page-head"><h1>Audit</h1></div>
      <ListTools name="audit" rows={shown} columns={kColumns} placeholder="Filter by person, action or target" />
      <Loaded from={audit}>{() => <DataTable label="Audit" fill rows={shown} columns={kColumns} keyOf={(a) => `${a.at} ${a.who} ${a.action} ${a.target}`} sorted="-at" empty={<Empty icon="audit" title="Nothing fits">Every change made here, by the API or by the command line is listed.</Empty>} />}</Loaded>
    </Page>
  );
}
