// The log of one service: its last lines, older ones on demand, new ones as they are written.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { get, kBase, may, path, query as queryOf } from "../api/client.ts";
import { useResource, useStream } from "../api/live.ts";
import type { LogLine, Page as PageOf, Service } from "../api/types.ts";
import { bind } from "../lib/keys.ts";
import { useQuery } from "../lib/query.ts";
import { timeText, zone } from "../lib/time.ts";
import { Button, Chips, Empty, Loading, Failure, Pill, Search } from "../ui/basic.tsx";
import { Page } from "../ui/page.tsx";
import { RestartDialog } from "./services.tsx";

const kLevels = [{ value: "", text: "All" }, { value: "error", text: "Errors" }, { value: "warn", text: "Warnings" }, { value: "info", text: "Info" }, { value: "debug", text: "Debug" }] as const;
const kLinesMax = 5000;
const kAsked = 500;

interface Log {
  lines: LogLine[];
  more: boolean;
  next: number; // where older lines end: also what did not fit has been looked at
}

/** Adds lines that are not there yet; the oldest go when there are too many. */
export function appended(lines: readonly LogLine[], fresh: readonly LogLine[], max = kLinesMax): LogLine[] {
  const last = lines.at(-1)?.n ?? -1;
  return [...lines, ...fresh.filter((line) => line.n > last)].slice(-max);
}

export default function ServiceLog() {
  const name = useRoute().params.service ?? "";
  const [query, setQuery] = useQuery();
  const asked = { search: query.q, level: query.level };
  const where = `/services${path(name)}/log`;
  const first = useResource<Log>(`${where}${queryOf({ ...asked, lines: kAsked })}`);
  const service = useResource<PageOf<Service>>("/services", { every: 5 }).data?.items.find((s) => s.name === name);
  const [lines, setLines] = useState<LogLine[]>([]);
  const [more, setMore] = useState(false);
  const [next, setNext] = useState<number | null>(null);
  const [follow, setFollow] = useState(true);
  const [restarting, setRestarting] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    setLines(first.data?.lines ?? []);
    setMore(first.data?.more ?? false);
    setNext(first.data?.next ?? null);
    setFollow(true);
  }, [first.data]);
  useStream(first.data ? `${where}/live${queryOf(asked)}` : null, "lines", (data) => setLines((old) => appended(old, data as LogLine[])));
  useLayoutEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, follow]);
  useEffect(() => bind({ keys: "f", says: "Follow the end", group: "Log", run: () => setFollow((old) => !old) }), []);
  const older = async () => {
    const page = await get<Log>(`${where}${queryOf({ ...asked, lines: kAsked, before: next })}`);
    setFollow(false);
    setLines((old) => [...page.lines.filter((line) => line.n < (old[0]?.n ?? Infinity)), ...old]);
    setMore(page.more);
    setNext(page.next);
  };
  return (
    <Page crumbs={[{ text: "Services", to: "/services" }, { text: name }]} fill>
      <div class="page-head">
        <h1>{name}</h1>{service && <><Pill state={service.state} /><span class="faint">{service.version} {service.address}</span></>}<span class="spring" />
        {service?.managed && may("operator") && <Button small icon="reload" onClick={() => setRestarting(true)}>Restart</Button>}
      </div>
      <div class="bar">
        <Search value={query.q ?? ""} placeholder="Lines with this text" onInput={(q) => setQuery({ q })} />
        <Chips label="Level" value={(query.level ?? "") as ""} options={kLevels as unknown as { value: ""; text: string }[]} onChange={(level) => setQuery({ level })} />
        <span class="spring" />
        <Button small icon="down" pressed={follow} title="Follow the end (f)" onClick={() => setFollow(!follow)}>Follow</Button>
        <a class="btn small" href={`${kBase}${where}/download`} download>Download</a>
      </div>
      {first.error && <Failure error={first.error} retry={first.reload} />}
      {first.loading && !first.data && <Loading />}
      {first.data && (
        <div class="log" ref={box} role="log" aria-label={`Log of ${name}`} tabIndex={0} onWheel={(event) => {
          if (event.deltaY < 0) setFollow(false);
        }}>
          {more && <Button small kind="ghost" icon="up" onClick={() => void older()}>Older lines</Button>}
          {lines.map((line) => (
            <div class={`line ${line.level}`} key={line.n}>
              <span class="line-at">{line.at ? timeText(line.at, zone.value).slice(5) : ""}</span><span class="line-level">{line.level}</span><span class="line-text">{line.text}</span>
            </div>
          ))}
          {lines.length === 0 && <Empty icon="filter" title={query.q || query.level ? "No line fits" : "The log is empty"}>New lines that do show up here.</Empty>}
        </div>
      )}
      {restarting && service && <RestartDialog service={service} onClose={() => setRestarting(false)} done={first.reload} />}
    </Page>
  );
}
