// The small parts every page is made of.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client.ts";
import { bind, trigger } from "../lib/keys.ts";
import { now, relative, timeText, zone, type Instant } from "../lib/time.ts";
import { Icon, type IconName } from "./icon.tsx";
import { say } from "./toast.tsx";

type Tone = "ok" | "warn" | "bad" | "info" | "quiet";

const kTones: Record<string, Tone> = {
  ok: "ok", running: "ok", RUNNING: "ok", ready: "ok", Stable: "ok", done: "ok", finished: "ok", completed: "ok", equal: "ok",
  applied: "ok", success: "ok", allowed: "ok",
  waiting: "warn", starting: "warn", degraded: "warn", DEGRADED: "warn", warn: "warn", warning: "warn",
  PreparingRebalance: "warn", CompletingRebalance: "warn", RESTARTING: "warn", parked: "warn", denied: "warn", refused: "warn",
  down: "bad", failed: "bad", FAILED: "bad", error: "bad", STOPPED: "bad", Dead: "bad", page: "bad", critical: "bad",
  different: "bad", cancelled: "quiet",
  snapshot: "info", loading: "info", LOADING: "info", STANDBY: "info", new: "info", remote: "info",
};

export function Pill({ state, text }: { state: string; text?: string }) {
  return <span class={`pill ${kTones[state] ?? "quiet"}`}>{text ?? state.toLowerCase()}</span>;
}

/** A dot and a word, for rows full of states. */
export function State({ state, text }: { state: string; text?: string }) {
  return <span class={`state ${kTones[state] ?? "quiet"}`}>{text ?? state}</span>;
}

export function Time({ at, short }: { at: Instant; short?: boolean }) {
  const written = timeText(at, zone.value);
  if (written === "–") return <span class="faint">–</span>;
  const other = timeText(at, zone.value === "utc" ? "local" : "utc");
  return (
    <time dateTime={timeText(at, "utc").replace(" ", "T")} title={`${relative(at, now.peek())} · ${other}`}>
      {short ? written.slice(0, 19).replace(/Z$/, "") : written}
    </time>
  );
}

export function Ago({ at }: { at: Instant }) {
  const written = relative(at, now.value);
  return written === "–" ? <span class="faint">–</span> : <time title={timeText(at, zone.value)}>{written}</time>;
}

interface ButtonProps {
  children?: ComponentChildren;
  icon?: IconName;
  kind?: "primary" | "danger" | "ghost" | "plain";
  small?: boolean;
  title?: string;
  label?: string;
  disabled?: boolean;
  pressed?: boolean;
  busy?: boolean;
  type?: "button" | "submit";
  onClick?: (event: MouseEvent) => void;
}

export function Button(props: ButtonProps) {
  const { children, icon, kind = "plain", small, title, label, disabled, pressed, busy, type = "button", onClick } = props;
  return (
    <button
      type={type} class={`btn ${kind}${small ? " small" : ""}${children ? "" : " square"}`} title={title ?? label}
      aria-label={label} aria-pressed={pressed} disabled={disabled || busy} aria-busy={busy} onClick={onClick}
    >
      {icon && <Icon name={icon} />}
      {children && <span>{children}</span>}
    </button>
  );
}

export function Loading({ what = "Loading" }: { what?: string }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return <div class="note loading" role="status">{shown && <><span class="spin" aria-hidden="true" />{what} …</>}</div>;
}

interface EmptyProps {
  title: string;
  icon?: IconName;
  children?: ComponentChildren;
}

/** Nothing is here: what that means, and what makes something appear. */
export function Empty({ title, icon = "info", children }: EmptyProps) {
  return (
    <div class="note empty">
      <Icon name={icon} />
      <strong>{title}</strong>
      {children && <p>{children}</p>}
    </div>
  );
}

/** What went wrong, why, and what to do. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const known = error instanceof ApiError ? error : null;
  return (
    <div class="note failure" role="alert">
      <Icon name="warn" />
      <div>
        <strong>{known?.message ?? String((error as Error)?.message ?? error)}</strong>
        {known?.fix && <p>{known.fix}</p>}
        <p class="row">
          {known?.code && <Code code={known.code} />}
          {retry && <Button small icon="reload" onClick={retry}>Try again</Button>}
        </p>
      </div>
    </div>
  );
}

/** An error code as a link to its page. */
export function Code({ code }: { code: string }) {
  return code ? <a class="code" href={`/help/${encodeURIComponent(code)}`}>{code}</a> : null;
}

export function Copy({ text, what = "Copied" }: { text: string; what?: string }) {
  return (
    <button
      type="button" class="copy" title="Copy" aria-label={`Copy ${what}`}
      onClick={(event) => {
        event.stopPropagation();
        void copyText(text, what);
      }}
    >
      <Icon name="copy" />
    </button>
  );
}

/** Puts text into the clipboard, also where the page is served without TLS. */
export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say(`${what}: copied`);
}

interface SearchProps {
  value: string;
  placeholder: string;
  onInput: (value: string) => void;
  wide?: boolean;
}

/** A text filter: "/" goes into it, Enter on to the first row, Escape empties it and leaves. */
export function Search({ value, placeholder, onInput, wide }: SearchProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => bind({
    keys: "/", says: "Go to the filter", group: "Lists", run: () => {
      input.current?.focus();
      input.current?.select();
    },
  }), []);
  return (
    <div class={`search${wide ? " wide" : ""}`}>
      <Icon name="search" />
      <input
        ref={input} type="search" value={value} placeholder={placeholder} aria-label={placeholder} spellcheck={false}
        autocomplete="off" onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape" && event.key !== "Enter") return;
          event.preventDefault();
          event.stopPropagation();
          input.current?.blur();
          if (event.key === "Enter") trigger("j");
          else if (value) onInput("");
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}

interface FieldProps {
  label: string;
  hint?: ComponentChildren;
  error?: string | undefined;
  children: ComponentChildren;
}

export function Field({ label, hint, error, children }: FieldProps) {
  return (
    <label class={`field${error ? " wrong" : ""}`}>
      <span class="field-label">{label}</span>
      {children}
      {error ? <span class="field-error" role="alert">{error}</span> : hint && <span class="field-hint">{hint}</span>}
    </label>
  );
}

/** Chips of which one or none is chosen. */
export function Chips<T extends string>(props: {
  label: string; value: T; options: readonly { value: T; text: string; count?: number }[]; onChange: (value: T) => void;
}) {
  return (
    <div class="chips" role="group" aria-label={props.label}>
      {props.options.map((option) => (
        <button
          type="button" class="chip" aria-pressed={option.value === props.value} key={option.value}
          onClick={() => props.onChange(option.value)}
        >
          {option.text}{option.count !== undefined && <span class="chip-count">{option.count}</span>}
        </button>
      ))}
    </div>
  );
}

/** A label and a value, one of several in a <Facts>. */
export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return <div class="fact"><dt>{name}</dt><dd>{children}</dd></div>;
}

export function Facts({ children }: { children: ComponentChildren }) {
  return <dl class="facts">{children}</dl>;
}
