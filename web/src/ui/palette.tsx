// Ctrl-K: every page, table, topic, subject and group by a few letters of its name.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { closeSession, path } from "../api/client.ts";
import { useResource } from "../api/live.ts";
import type { Group, Page, Subject, Table, Topic } from "../api/types.ts";
import { best } from "../lib/fuzzy.ts";
import { density, nextTheme } from "../lib/store.ts";
import { zone } from "../lib/time.ts";
import { Icon, type IconName } from "./icon.tsx";
import { act } from "./dialog.tsx";
import { cluster, keysOpen, navGroups, paletteOpen } from "./nav.ts";

interface Choice {
  text: string;
  kind: string;
  icon: IconName;
  words?: string;
  run: () => void;
}

const kShownMax = 40;

function useChoices(): Choice[] {
  const { route } = useLocation();
  const c = cluster.value;
  const kafka = `/clusters/${encodeURIComponent(c)}`;
  const tables = useResource<Page<Table>>("/tables").data?.items;
  const topics = useResource<Page<Topic>>(`${kafka}/topics?limit=10000`).data?.items;
  const subjects = useResource<Page<Subject>>(`${kafka}/subjects`).data?.items;
  const groups = useResource<Page<Group>>(`${kafka}/groups`).data?.items;
  return useMemo(() => {
    const to = (where: string) => () => route(where);
    const pages = navGroups(c).flatMap((group) => group.items.map((item) => ({
      text: item.text, kind: `g ${item.key}`, icon: item.icon, words: item.words ?? "", run: to(item.to),
    })));
    return [
      ...pages,
      ...(tables ?? []).map((t) => ({ text: t.table, kind: "table", icon: "table" as const, run: to(`/tables${path(t.table)}`) })),
      ...(topics ?? []).map((t) => ({ text: t.name, kind: "topic", icon: "topic" as const, run: to(`/k/${c}/topics${path(t.name)}`) })),
      ...(subjects ?? []).map((s) => ({ text: s.subject, kind: "schema", icon: "schema" as const, run: to(`/k/${c}/schemas${path(s.subject)}`) })),
      ...(groups ?? []).map((g) => ({ text: g.group, kind: "group", icon: "group" as const, run: to(`/k/${c}/groups${path(g.group)}`) })),
      { text: "Next theme", kind: "action", icon: "sun", words: "dark light colour", run: nextTheme },
      { text: "Local time or UTC", kind: "action", icon: "clock", run: () => (zone.value = zone.value === "utc" ? "local" : "utc") },
      { text: "Row height", kind: "action", icon: "menu", words: "density compact comfortable", run: () => (density.value = density.value === "compact" ? "comfortable" : "compact") },
      { text: "Keys", kind: "action", icon: "help", words: "shortcuts keyboard", run: () => (keysOpen.value = true) },
      { text: "Sign out", kind: "action", icon: "exit", words: "log out leave", run: () => void act(closeSession, "Signed out") },
    ];
  }, [c, tables, topics, subjects, groups]);
}

export function Palette() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const choices = useChoices();
  const shown = best(typed, choices, (choice) => `${choice.text} ${choice.words ?? ""}`, kShownMax);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current!.showModal();
    return () => before?.focus?.();
  }, []);
  const close = () => (paletteOpen.value = false);
  const pick = (choice: Choice | undefined) => {
    if (!choice) return;
    close();
    choice.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    const by = event.ctrlKey ? { n: 1, j: 1, p: -1, k: -1 }[event.key] : moves[event.key];
    if (by) {
      event.preventDefault();
      setAt((old) => Math.min(shown.length - 1, Math.max(0, old + by)));
    } else if (event.key === "Enter") {
      event.preventDefault();
      pick(shown[at]);
    }
  };
  useEffect(() => {
    dialog.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at]);
  return (
    <dialog
      ref={dialog} class="palette" aria-label="Go anywhere" onClose={close} onKeyDown={onKeyDown}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      <div class="palette-input">
        <Icon name="search" />
        <input
          value={typed} placeholder="A page, table, topic, schema or group" aria-label="Go to" role="combobox" autocomplete="off"
          aria-expanded="true" aria-controls="palette-list" aria-activedescendant={`choice-${at}`} spellcheck={false}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setAt(0);
          }}
        />
        <kbd>Esc</kbd>
      </div>
      <ul class="palette-list" role="listbox" id="palette-list" aria-label="Found">
        {shown.map((choice, i) => (
          <li
            key={`${choice.kind}:${choice.text}`} id={`choice-${i}`} role="option" aria-selected={i === at}
            onClick={() => pick(choice)} onPointerMove={() => setAt(i)}
          >
            <Icon name={choice.icon} /><span class="cut">{choice.text}</span><span class="kind">{choice.kind}</span>
          </li>
        ))}
        {shown.length === 0 && <li class="faint">Nothing is named like that.</li>}
      </ul>
    </dialog>
  );
}
