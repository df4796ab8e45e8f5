// The frame of a page: its title in the crumbs and the window, its parts' states.
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Resource } from "../api/live.ts";
import { useQuery, patched } from "../lib/query.ts";
import { useLocation } from "preact-iso";
import { Failure, Loading } from "./basic.tsx";

export interface Crumb {
  text: string;
  to?: string;
}

export const crumbs = signal<readonly Crumb[]>([]);

interface PageProps {
  crumbs: readonly Crumb[];
  /** The page is as high as the window and its list scrolls in it. */
  fill?: boolean;
  class?: string;
  children: ComponentChildren;
}

export function Page({ crumbs: way, fill, class: more = "", children }: PageProps) {
  const key = way.map((c) => c.text).join("\n");
  useEffect(() => {
    crumbs.value = way;
    document.title = `${[...way].reverse().map((c) => c.text).join(" · ")} · rowhouse`;
  }, [key]);
  return <div class={`page ${fill ? "fill" : ""} ${more}`}>{children}</div>;
}

/** Shows what a resource holds, or that it loads, or why it does not come. */
export function Loaded<T>({ from, what, children }: { from: Resource<T>; what?: string; children: (data: T) => ComponentChildren }) {
  if (from.data === null) {
    if (from.error) return <Failure error={from.error} retry={from.reload} />;
    return <Loading {...(what ? { what } : {})} />;
  }
  return <>{from.error && <Failure error={from.error} retry={from.reload} />}{children(from.data)}</>;
}

export interface Tab {
  id: string;
  text: string;
}

/** Tabs as links, the first one at the plain address. */
export function Tabs({ tabs, label }: { tabs: readonly Tab[]; label: string }) {
  const { path } = useLocation();
  const [query] = useQuery();
  const current = query.tab ?? tabs[0]!.id;
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab, i) => (
        <a key={tab.id} href={path + patched({}, { tab: i === 0 ? null : tab.id })} aria-current={tab.id === current ? "page" : undefined}>
          {tab.text}
        </a>
      ))}
    </nav>
  );
}

/** A card with a head. */
export function Card({ title, tools, children, body = true }: {
  title: ComponentChildren; tools?: ComponentChildren; children: ComponentChildren; body?: boolean;
}) {
  return (
    <section class="card">
      <header class="card-head"><h2>{title}</h2><span class="spring" />{tools}</header>
      {body ? <div class="card-body">{children}</div> : children}
    </section>
  );
}
