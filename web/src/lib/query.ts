// The address is the state of a page: filters, tabs, the open record.
import { useLocation } from "preact-iso";

export type Query = Record<string, string>;
export type Patch = Record<string, string | number | boolean | null | undefined>;

/** The query of an address with some values set and the empty ones gone. */
export function patched(current: Query, patch: Patch): string {
  const list = new URLSearchParams(current);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null || value === undefined || value === "" || value === false) list.delete(name);
    else list.set(name, value === true ? "1" : String(value));
  }
  const text = list.toString();
  return text ? `?${text}` : "";
}

/** The query of the page's address, and how to change a part of it. */
export function useQuery(): [Query, (patch: Patch, how?: "replace" | "push") => void] {
  const { path, query, route } = useLocation();
  const set = (patch: Patch, how: "replace" | "push" = "replace") => {
    // Another change of the same moment is in the address already, not yet in `query`.
    const latest = location.pathname === path ? Object.fromEntries(new URLSearchParams(location.search)) : query;
    route(path + patched(latest, patch), how === "replace");
  };
  return [query, set];
}
