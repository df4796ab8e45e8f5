// What one reader's browser remembers: theme, density, zone, favourites.
import { effect, signal, type Signal } from "@preact/signals";

const kPrefix = "rowhouse.";

function read(key: string): string | null {
  try {
    return localStorage.getItem(kPrefix + key);
  } catch {
    return null; // storage is forbidden in this browser: the default serves
  }
}

/** A signal whose value survives a reload. */
export function remembered<T>(key: string, initial: T): Signal<T> {
  let value = initial;
  const text = read(key);
  if (text !== null) {
    try {
      value = JSON.parse(text) as T;
    } catch {
      value = initial; // written by another version
    }
  }
  const result = signal(value);
  effect(() => {
    const written = JSON.stringify(result.value);
    try {
      if (result.value === initial) localStorage.removeItem(kPrefix + key);
      else localStorage.setItem(kPrefix + key, written);
    } catch {
      // forbidden: kept for this page only
    }
  });
  return result;
}

export const theme = remembered<"auto" | "light" | "dark">("theme", "auto");
export const density = remembered<"compact" | "comfortable">("density", "compact");
export const favourites = remembered<readonly string[]>("favourites", []);

const kAfter = { auto: "light", light: "dark", dark: "auto" } as const;

export function nextTheme(): void {
  theme.value = kAfter[theme.value];
}

/** Keeps the page's theme and density as chosen; called once at the start. */
export function applyLooks(): void {
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
    document.documentElement.dataset.density = density.value;
  });
}

export function toggleFavourite(name: string): void {
  const list = favourites.value;
  favourites.value = list.includes(name) ? list.filter((n) => n !== name) : [...list, name];
}
