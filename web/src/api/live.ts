// Data that a page shows and keeps fresh: asked once, again every so often, or
// told by the server as it changes.
import { signal, useSignal, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ApiError, get, kBase } from "./client.ts";

export interface Resource<T> {
  data: T | null;
  error: ApiError | null;
  loading: boolean;
  /** When `data` arrived, in milliseconds. */
  at: number;
  reload: () => void;
}

interface Use {
  /** Asks again after so many seconds while the page is visible. */
  every?: number;
  /** An event stream beside it, whose events replace or mend the data. */
  live?: string;
  event?: string;
}

/** True while an event stream that should run is cut. */
export const cut: Signal<boolean> = signal(false);

function asApiError(reason: unknown): ApiError {
  return reason instanceof ApiError ? reason : new ApiError(0, "", String((reason as Error).message ?? reason), "");
}

/** Fetches `where` (null: nothing to fetch yet) and keeps it. The old data stays while new data comes. */
export function useResource<T>(
  where: string | null,
  use: Use = {},
  mend?: (old: T | null, event: unknown) => T,
): Resource<T> {
  const state = useSignal<Resource<T>>({ data: null, error: null, loading: where !== null, at: 0, reload: () => {} });
  useEffect(() => {
    if (where === null) {
      state.value = { data: null, error: null, loading: false, at: 0, reload: () => {} };
      return;
    }
    const abort = new AbortController();
    let timer = 0;
    const load = async () => {
      clearTimeout(timer);
      if (document.hidden && state.value.data !== null) return again();
      try {
        const data = await get<T>(where, abort.signal);
        state.value = { data, error: null, loading: false, at: Date.now(), reload: load };
      } catch (reason) {
        if (abort.signal.aborted) return;
        state.value = { ...state.value, error: asApiError(reason), loading: false, reload: load };
      }
      again();
    };
    const again = () => {
      const seconds = state.value.error && state.value.data === null ? 3 : use.every;
      const gone = state.value.error?.status === 404 || state.value.error?.status === 403;
      if (!abort.signal.aborted && seconds && !gone) timer = window.setTimeout(load, seconds * 1000);
    };
    state.value = { data: null, error: null, loading: true, at: 0, reload: load };
    void load();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [where, use.every]);
  useStream(use.live && where ? use.live : null, use.event ?? "", (event) => {
    const data = mend ? mend(state.value.data, event) : (event as T);
    state.value = { ...state.value, data, error: null, loading: false, at: Date.now() };
  });
  return state.value;
}

/** Hears the events of one name on an event stream; the browser reconnects by itself. */
export function useStream(where: string | null, event: string, hear: (data: unknown) => void): void {
  const latest = useRef(hear);
  latest.current = hear;
  useEffect(() => {
    if (!where) return;
    const source = new EventSource(kBase + where);
    source.addEventListener(event, (message) => {
      cut.value = false;
      latest.current(JSON.parse((message as MessageEvent<string>).data));
    });
    source.onopen = () => {
      cut.value = false;
    };
    // A stream that the server refuses is closed for good: asking now and then serves.
    source.onerror = () => {
      cut.value = source.readyState === EventSource.CONNECTING;
    };
    return () => {
      source.close();
      cut.value = false;
    };
  }, [where, event]);
}
