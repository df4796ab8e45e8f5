// Short messages about what was just done, read out politely.
import { signal } from "@preact/signals";
import { Icon } from "./icon.tsx";

interface Toast {
  id: number;
  text: string;
  tone: "ok" | "bad";
}

const toasts = signal<readonly Toast[]>([]);
const kShownMs = 5000;
let last = 0;

export function say(text: string, tone: "ok" | "bad" = "ok"): void {
  const id = ++last;
  toasts.value = [...toasts.value.slice(-3), { id, text, tone }];
  setTimeout(() => dismiss(id), tone === "bad" ? kShownMs * 2 : kShownMs);
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((toast) => (
        <div class={`toast ${toast.tone}`} key={toast.id}>
          <Icon name={toast.tone === "ok" ? "check" : "warn"} />
          <span>{toast.text}</span>
          <button type="button" class="copy" aria-label="Dismiss" onClick={() => dismiss(toast.id)}><Icon name="close" /></button>
        </div>
      ))}
    </div>
  );
}
