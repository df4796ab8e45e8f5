// What is asked of a topic: from where, how many, which partitions, what text,
// and the expression.
import { useEffect, useRef, useState } from "preact/hooks";
import { get, path, query as queryOf, send } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { Field as FieldType, Page, View } from "../api/types.ts";
import { alsoWanted, condition, kOperators, type Operator } from "../lib/filter.ts";
import { bind } from "../lib/keys.ts";
import { useQuery } from "../lib/query.ts";
import type { Ask } from "../lib/scan.ts";
import { Button } from "../ui/basic.tsx";
import { act } from "../ui/dialog.tsx";
import { Icon } from "../ui/icon.tsx";

const kFrom = [
  ["newest", "Most recent"], ["last:15m", "Last 15 minutes"], ["last:1h", "Last hour"], ["today", "Today"], ["yesterday", "Yesterday"],
  ["beginning", "Beginning"], ["time", "Time …"], ["offset", "Offset …"],
] as const;
const kLimits = [50, 100, 500, 1000, 5000, 10000];

/** Midnight of so many days ago, as the API wants it. */
export function midnight(daysAgo: number, nowMs = Date.now()): string {
  const day = new Date(nowMs);
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() - daysAgo);
  return `time:${day.toISOString()}`;
}

/** The choice of the list that an address' `from` stands for. */
export function fromChoice(from: string, nowMs = Date.now()): string {
  if (from === midnight(0, nowMs)) return "today";
  if (from === midnight(1, nowMs)) return "yesterday";
  if (from.startsWith("time:")) return "time";
  if (from.startsWith("offset:")) return "offset";
  return from;
}

interface Props {
  cluster: string;
  topic: string;
  partitions: number;
  ask: Ask;
}

export function FilterBar({ cluster, topic, partitions, ask }: Props) {
  const [, setQuery] = useQuery();
  return (
    <div class="filters">
      <div class="bar">
        <From ask={ask} />
        <select aria-label="How many" value={String(ask.limit)} disabled={ask.live} onChange={(e) => setQuery({ limit: e.currentTarget.value === "500" ? null : e.currentTarget.value })}>
          {[...new Set([...kLimits, ask.limit])].sort((a, b) => a - b).map((n) => <option key={n} value={String(n)}>{n} messages</option>)}
        </select>
        <Partitions count={partitions} chosen={ask.partitions} />
        <TextFilter ask={ask} />
        <Button icon={ask.live ? "stop" : "play"} pressed={ask.live} title="Live tail (l)" onClick={() => setQuery({ live: ask.live ? null : 1, record: null })}>Live</Button>
        <Views />
      </div>
      <Expression cluster={cluster} topic={topic} ask={ask} />
    </div>
  );
}

function From({ ask }: { ask: Ask }) {
  const [, setQuery] = useQuery();
  const current = fromChoice(ask.from);
  const [choice, setChoice] = useState(current);
  useEffect(() => setChoice(current), [current]);
  const choose = (value: string) => {
    setChoice(value);
    if (value === "time" || value === "offset") return; // the value comes from the field beside it
    setQuery({ from: value === "newest" ? null : value === "today" ? midnight(0) : value === "yesterday" ? midnight(1) : value });
  };
  const given = ask.from.slice(ask.from.indexOf(":") + 1);
  return (
    <>
      <select aria-label="Show from" value={choice} disabled={ask.live} onChange={(e) => choose(e.currentTarget.value)}>
        {kFrom.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
      </select>
      {choice === "time" && !ask.live && (
        <input
          type="datetime-local" step="1" aria-label="From this time" value={ask.from.startsWith("time:") ? localInput(given) : ""}
          onChange={(e) => e.currentTarget.value && setQuery({ from: `time:${new Date(e.currentTarget.value).toISOString()}` })}
        />
      )}
      {choice === "offset" && !ask.live && (
        <input
          class="short" inputMode="numeric" pattern="[0-9]+" placeholder="offset" aria-label="From this offset" value={ask.from.startsWith("offset:") ? given : ""}
          onChange={(e) => /^\d+$/.test(e.currentTarget.value) && setQuery({ from: `offset:${e.currentTarget.value}` })}
        />
      )}
    </>
  );
}

function localInput(text: string): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return "";
  return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
}

function Partitions({ count, chosen }: { count: number; chosen: string }) {
  const [, setQuery] = useQuery();
  if (count < 2) return null;
  const set = new Set(chosen.split(",").filter(Boolean));
  const toggle = (p: string) => {
    if (!set.delete(p)) set.add(p);
    const list = [...set].sort((a, b) => Number(a) - Number(b)).join(",");
    setQuery({ partitions: set.size === count ? null : list });
  };
  return (
    <details class="user-menu drop">
      <summary class="btn">{set.size ? `Partition ${[...set].join(", ")}` : "All partitions"}<Icon name="down" /></summary>
      <div class="menu left">
        {Array.from({ length: count }, (_, p) => (
          <label class="menu-item check" key={p}><input type="checkbox" checked={set.has(String(p))} onChange={() => toggle(String(p))} />Partition {p}</label>
        ))}
      </div>
    </details>
  );
}

function TextFilter({ ask }: { ask: Ask }) {
  const [, setQuery] = useQuery();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(ask.text);
  useEffect(() => setTyped(ask.text), [ask.text]);
  useEffect(() => bind({ keys: "/", says: "Go to the text filter", group: "Lists", run: () => input.current?.focus() }), []);
  return (
    <form class="search wide" onSubmit={(event) => {
      event.preventDefault();
      setQuery({ text: typed.trim() || null, record: null });
    }}>
      <Icon name="search" />
      <input
        ref={input} type="search" value={typed} placeholder="Text in key, value or header" aria-label="Text in key, value or header" spellcheck={false} autocomplete="off"
        onInput={(e) => setTyped(e.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          setTyped("");
          if (ask.text) setQuery({ text: null });
          input.current?.blur();
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}

interface Check {
  ok: boolean;
  at?: number;
  message?: string;
}

function Expression({ cluster, topic, ask }: { cluster: string; topic: string; ask: Ask }) {
  const [, setQuery] = useQuery();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(ask.filter);
  const [wrong, setWrong] = useState<Check | null>(null);
  const [picking, setPicking] = useState(false);
  useEffect(() => setTyped(ask.filter), [ask.filter]);
  useEffect(() => bind({ keys: "e", says: "Go to the expression", group: "Messages", run: () => input.current?.focus() }), []);
  useEffect(() => {
    setWrong(null);
    if (typed.trim() === "") return;
    const timer = setTimeout(() => {
      get<Check>(`/filter/check${queryOf({ filter: typed })}`).then((check) => setWrong(check.ok ? null : check)).catch(() => setWrong(null));
    }, 300);
    return () => clearTimeout(timer);
  }, [typed]);
  const run = (expression: string) => {
    setTyped(expression);
    setQuery({ filter: expression.trim() || null, record: null });
  };
  return (
    <>
      <form class="bar expression" onSubmit={(event) => {
        event.preventDefault();
        run(typed);
      }}>
        <div class={`search wide${wrong ? " wrong" : ""}`}>
          <Icon name="filter" />
          <input
            ref={input} class="mono" value={typed} placeholder='An expression: value.after.amount > 100 && op == "u"' aria-label="Expression" aria-invalid={wrong !== null} aria-describedby="expression-error"
            spellcheck={false} autocomplete="off" onInput={(e) => setTyped(e.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Escape") input.current?.blur();
            }}
          />
        </div>
        <Button icon="plus" pressed={picking} onClick={() => setPicking(!picking)} title="Pick a field of the schema">Field</Button>
        {(ask.filter || typed) && <Button kind="ghost" icon="close" label="No expression" onClick={() => run("")} />}
        {typed !== ask.filter && <Button type="submit" kind="primary">Run</Button>}
      </form>
      <span id="expression-error" class="field-error" role="alert">{wrong && <>{wrong.at !== undefined && `At ${wrong.at + 1}: `}{wrong.message}</>}</span>
      {picking && <Picker cluster={cluster} topic={topic} add={(more) => run(alsoWanted(typed, more))} />}
    </>
  );
}

const kOwnFields: readonly FieldType[] = [
  { path: "op", type: "string" }, { path: "partition", type: "int" }, { path: "offset", type: "long" }, { path: "size", type: "int" }, { path: 'headers["name"]', type: "string" },
];

function Picker({ cluster, topic, add }: { cluster: string; topic: string; add: (condition: string) => void }) {
  const fields = useResource<FieldType[] | { items: FieldType[] }>(`/clusters${path(cluster)}/topics${path(topic)}/fields`);
  const known = Array.isArray(fields.data) ? fields.data : (fields.data?.items ?? []);
  const all = [...known, ...kOwnFields.filter((own) => !known.some((f) => f.path === own.path))];
  const [chosen, setChosen] = useState("");
  const [operator, setOperator] = useState<Operator>("==");
  const [text, setText] = useState("");
  const field = all.find((f) => f.path === chosen) ?? all[0]!;
  return (
    <form class="bar picker" onSubmit={(event) => {
      event.preventDefault();
      add(condition(field.path, field.type, operator, text));
      setText("");
    }}>
      <select aria-label="Field" value={field.path} onChange={(e) => setChosen(e.currentTarget.value)}>
        {all.map((f) => <option key={f.path} value={f.path}>{f.path} · {f.type}</option>)}
      </select>
      <select aria-label="Compared by" value={operator} onChange={(e) => setOperator(e.currentTarget.value as Operator)}>
        {kOperators.map((o) => <option key={o}>{o}</option>)}
      </select>
      <input aria-label="Value" placeholder="value" value={text} autofocus onInput={(e) => setText(e.currentTarget.value)} />
      <Button type="submit" kind="primary">Add</Button>
    </form>
  );
}

/** Saved views: a name for the address of this moment. */
function Views() {
  const views = useResource<Page<View> | View[]>("/views");
  const [name, setName] = useState("");
  const list = Array.isArray(views.data) ? views.data : (views.data?.items ?? []);
  const save = async (event: Event) => {
    event.preventDefault();
    const address = new URLSearchParams(location.search);
    address.delete("record");
    if (await act(() => send("PUT", `/views${path(name)}`, { path: location.pathname, query: address.toString() }), `View "${name}" saved`)) views.reload();
    setName("");
  };
  return (
    <details class="user-menu drop">
      <summary class="btn">Views<Icon name="down" /></summary>
      <div class="menu">
        {list.map((view) => (
          <div class="row menu-row" key={view.name}>
            <a class="menu-item" href={`${view.path}${view.query ? `?${view.query.replace(/^\?/, "")}` : ""}`}>{view.name}</a>
            <Button small kind="ghost" icon="trash" label={`Remove the view ${view.name}`} onClick={() => void act(() => send("DELETE", `/views${path(view.name)}`), "View removed").then(views.reload)} />
          </div>
        ))}
        {list.length === 0 && <div class="menu-note">A view keeps this address under a name.</div>}
        <form class="row menu-note" onSubmit={save}>
          <input required class="grow" placeholder="Name of this view" aria-label="Name of this view" value={name} onInput={(e) => setName(e.currentTarget.value)} />
          <Button small type="submit" kind="primary">Save</Button>
        </form>
      </div>
    </details>
  );
}
