// What stands around every page: menu, crumbs, search, who is signed in.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useLocation } from "preact-iso";
import { closeSession, session } from "../api/client.ts";
import { cut, useResource } from "../api/live.ts";
import type { Alerts, Overview } from "../api/types.ts";
import { bind } from "../lib/keys.ts";
import { density, nextTheme, theme } from "../lib/store.ts";
import { zone } from "../lib/time.ts";
import { act } from "./dialog.tsx";
import { Button, Pill } from "./basic.tsx";
import { Icon, Mark, type IconName } from "./icon.tsx";
import { KeysDialog } from "./keys_dialog.tsx";
import { cluster, keysOpen, navGroups, paletteOpen, sideOpen } from "./nav.ts";
import { crumbs } from "./page.tsx";
import { Palette } from "./palette.tsx";

const kThemeIcons: Record<string, IconName> = { auto: "auto", light: "sun", dark: "moon" };

export function Shell({ children }: { children: ComponentChildren }) {
  const { path, route } = useLocation();
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    const match = /^\/k\/([^/]+)/.exec(path);
    if (match) cluster.value = decodeURIComponent(match[1]!);
    sideOpen.value = false;
    main.current?.scrollTo(0, 0);
  }, [path]);
  useEffect(() => {
    const pages = navGroups(cluster.value).flatMap((group) => group.items);
    return bind(
      { keys: "Ctrl+k", says: "Go anywhere", group: "Everywhere", run: () => (paletteOpen.value = true), everywhere: true },
      { keys: "?", says: "These keys", group: "Everywhere", run: () => (keysOpen.value = true) },
      { keys: "Escape", says: "Close what is open", group: "Everywhere", run: () => (sideOpen.value = false) },
      { keys: "z t", says: "Next theme", group: "Everywhere", run: nextTheme },
      { keys: "z u", says: "Local time or UTC", group: "Everywhere", run: () => (zone.value = zone.value === "utc" ? "local" : "utc") },
      ...pages.map((page) => ({ keys: `g ${page.key}`, says: page.text, group: "Go to", run: () => route(page.to) })),
    );
  }, [cluster.value, route]);
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={(event) => {
        event.preventDefault();
        main.current?.focus();
      }}>Go to the content</a>
      <Side path={path} />
      <Top />
      <main id="main" ref={main} tabIndex={-1}>{children}</main>
      {paletteOpen.value && <Palette />}
      {keysOpen.value && <KeysDialog />}
    </div>
  );
}

function Side({ path }: { path: string }) {
  const alerts = useResource<Alerts>("/alerts", { every: 15 });
  const firing = (alerts.data?.active ?? []).filter((alert) => !alert.silenced_until).length;
  const server = session.value?.server;
  const isHere = (to: string) => (to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`));
  return (
    <>
      <aside class={`side${sideOpen.value ? " open" : ""}`}>
        <a class="brand" href="/"><Mark /><span>rowhouse</span></a>
        <nav aria-label="Pages">
          {navGroups(cluster.value).map((group) => (
            <div key={group.head}>
              <div class="nav-head">{group.head}</div>
              {group.items.map((item) => (
                <a class="nav-item" href={item.to} key={item.text} aria-current={isHere(item.to) ? "page" : undefined} title={`g ${item.key}`}>
                  <Icon name={item.icon} />{item.text}
                  {item.icon === "alert" && firing > 0 && <span class="nav-count" aria-label={`${firing} firing`}>{firing}</span>}
                </a>
              ))}
            </div>
          ))}
        </nav>
        {server && <div class="side-foot cut">{server.pipeline} · {server.version}{server.demo ? " · demo" : ""}</div>}
      </aside>
      <button type="button" class="scrim" aria-label="Close the menu" onClick={() => (sideOpen.value = false)} />
    </>
  );
}

function Top() {
  const overview = useResource<Overview>("/overview", { every: 5 });
  const way = crumbs.value;
  const { path } = useLocation();
  return (
    <header class="top">
      <span class="menu-button">
        <Button kind="ghost" icon="menu" label="Menu" onClick={() => (sideOpen.value = !sideOpen.value)} />
      </span>
      <nav class="crumbs" aria-label="Where you are">
        <ol>
          {way.map((crumb, i) => (
            <li key={crumb.text}>
              {i < way.length - 1 && crumb.to ? <a href={crumb.to}>{crumb.text}</a> : <span aria-current={i === way.length - 1 ? "page" : undefined}>{crumb.text}</span>}
            </li>
          ))}
        </ol>
      </nav>
      {cut.value && <span class="offline" role="status"><span class="spin" aria-hidden="true" /><span class="wide-only">connection lost, trying again</span></span>}
      {overview.data && path !== "/" && <a href="/" title={overview.data.sentence} class="wide-only"><Pill state={overview.data.verdict} /></a>}
      <button type="button" class="btn plain find" title="Go anywhere" onClick={() => (paletteOpen.value = true)}>
        <Icon name="search" /><span>Go to<kbd>Ctrl K</kbd></span>
      </button>
      <span class="wide-only">
        <Button
          kind="ghost" label={zone.value === "utc" ? "Times: UTC" : "Times: Local"} pressed={zone.value === "utc"}
          onClick={() => (zone.value = zone.value === "utc" ? "local" : "utc")}
        >{zone.value === "utc" ? "UTC" : "Local"}</Button>
      </span>
      <Button kind="ghost" icon={kThemeIcons[theme.value]!} label={`Theme: ${theme.value}`} onClick={nextTheme} />
      <UserMenu />
    </header>
  );
}

function UserMenu() {
  const details = useRef<HTMLDetailsElement>(null);
  const user = session.value?.user;
  const close = () => {
    if (details.current) details.current.open = false;
  };
  useEffect(() => {
    const outside = (event: Event) => {
      if (!details.current?.contains(event.target as HTMLElement)) close();
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, []);
  const item = (icon: IconName, text: string, run: () => void, keys?: string) => (
    <button type="button" class="menu-item" onClick={() => {
      close();
      run();
    }}>
      <Icon name={icon} />{text}{keys && <kbd>{keys}</kbd>}
    </button>
  );
  return (
    <details class="user-menu" ref={details} onKeyDown={(event) => {
      if (event.key === "Escape") close();
    }}>
      <summary aria-label={`Signed in as ${user?.email}`}><Icon name="user" /></summary>
      <div class="menu">
        <div class="menu-note">{user?.email}<br />{user?.role}</div>
        <hr />
        {item(kThemeIcons[theme.value]!, `Theme: ${theme.value}`, nextTheme, "z t")}
        {item("menu", `Rows: ${density.value}`, () => (density.value = density.value === "compact" ? "comfortable" : "compact"))}
        {item("clock", `Times: ${zone.value === "utc" ? "UTC" : "local"}`, () => (zone.value = zone.value === "utc" ? "local" : "utc"), "z u")}
        {item("help", "Keys", () => (keysOpen.value = true), "?")}
        <hr />
        <a class="menu-item" href="/settings" onClick={close}><Icon name="key" />Password and settings</a>
        {item("exit", "Sign out", () => void act(closeSession, "Signed out"))}
      </div>
    </details>
  );
}
