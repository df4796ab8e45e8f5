// Keyboard shortcuts, one listener for the page.
//
// A binding is a key ("j", "Escape", "Ctrl+k") or two pressed one after the
// other ("g t"). The newest binding of a key wins, so that a dialog's stand
// before the page's. Plain keys are left alone while somebody types.

export interface Binding {
  keys: string;
  says: string;
  group: string;
  run: () => void;
  /** Runs even while a text field has the focus. */
  everywhere?: boolean;
}

const bindings: Binding[] = [];
const kSecondKeyMs = 1200;
let first: { key: string; at: number } | null = null;

/** Adds bindings and gives back what removes them. */
export function bind(...added: Binding[]): () => void {
  bindings.push(...added);
  return () => {
    for (const binding of added) {
      const at = bindings.indexOf(binding);
      if (at >= 0) bindings.splice(at, 1);
    }
  };
}

/** What can be pressed now, each key once, for the help page. */
export function activeBindings(): Binding[] {
  const seen = new Set<string>();
  return [...bindings].reverse().filter((b) => !seen.has(b.keys) && seen.add(b.keys)).reverse();
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "submit", "range"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** The name of a key press as bindings write it. */
export function keyName(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">): string {
  const key = event.key.length === 1 && (event.ctrlKey || event.metaKey) ? event.key.toLowerCase() : event.key;
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${key}`;
}

function find(keys: string, typing: boolean): Binding | undefined {
  for (let i = bindings.length - 1; i >= 0; i--) {
    const binding = bindings[i]!;
    if (binding.keys === keys && (!typing || binding.everywhere)) return binding;
  }
  return undefined;
}

/** Handles a key press; true when a binding took it. */
export function press(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing) return false;
  const name = keyName(event), typing = isTyping(event.target);
  const pending = first && event.timeStamp - first.at < kSecondKeyMs ? first.key : null;
  first = null;
  const binding = (pending && find(`${pending} ${name}`, typing)) || find(name, typing);
  if (binding) {
    binding.run();
    return true;
  }
  if (!typing && bindings.some((b) => b.keys.startsWith(`${name} `))) first = { key: name, at: event.timeStamp };
  return false;
}

/** Does what a key is bound to, as if it had been pressed. */
export function trigger(keys: string): void {
  find(keys, false)?.run();
}

export function listen(): void {
  document.addEventListener("keydown", (event) => {
    // Enter and Space belong to a focused button or link.
    const onControl = event.target instanceof HTMLElement && event.target.closest("button, a, summary");
    if (onControl && (event.key === "Enter" || event.key === " ")) return;
    if (press(event)) event.preventDefault();
  });
}
