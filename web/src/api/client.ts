// Calls of the server's API. Every failure becomes an ApiError that says what
// went wrong and what to do; a page shows it as it is.
import { signal } from "@preact/signals";
import type { Session } from "./types.ts";

export const kBase = "/api/v1";

/** Who is signed in; null before we know or after the session ended. */
export const session = signal<Session | null>(null);
/** Why there is no session: nobody asked yet, sign in, or no account exists. */
export const gate = signal<"unknown" | "sign-in" | "claim" | "open">("unknown");

/** What the server, or the way to it, said no with. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fix: string,
    readonly body: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

interface ErrorBody {
  error?: { code?: string; message?: string; fix?: string } | string;
  claim?: boolean;
}

export interface Options {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  signal?: AbortSignal;
}

/** Builds "?a=1&b=2" from what is set. */
export function query(values: Record<string, string | number | boolean | null | undefined>): string {
  const list = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== null && value !== "" && value !== false) list.set(name, String(value));
  }
  const text = list.toString();
  return text ? `?${text}` : "";
}

/** A path of encoded parts: path("topics", name). */
export function path(...parts: (string | number)[]): string {
  return `/${parts.map((part) => encodeURIComponent(part)).join("/")}`;
}

export async function call<T>(where: string, options: Options = {}): Promise<T> {
  const method = options.method ?? "GET";
  const headers: Record<string, string> = { Accept: "application/json" };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && session.value) headers["X-CSRF-Token"] = session.value.csrf;
  let response: Response;
  try {
    response = await fetch(kBase + where, {
      method,
      headers,
      credentials: "same-origin",
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ?? null,
    });
  } catch (reason) {
    if ((reason as Error).name === "AbortError") throw reason;
    throw new ApiError(0, "", "The console's server does not answer.",
      "See whether rowhouse still runs, and whether this machine reaches it. This page tries again by itself.");
  }
  const text = await response.text();
  const body = parse(text, response);
  if (!response.ok) throw failure(response.status, body as ErrorBody, where);
  return body as T;
}

function parse(text: string, response: Response): unknown {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    if (!response.ok) return {};
    throw new ApiError(response.status, "", "The server answered something that is no JSON.",
      "A proxy may stand between this browser and rowhouse; open the address of the console itself.");
  }
}

function failure(status: number, body: ErrorBody, where: string): ApiError {
  const error = typeof body?.error === "string" ? { message: body.error } : (body?.error ?? {});
  if (status === 401 && where !== "/session/password") {
    session.value = null;
    gate.value = body?.claim ? "claim" : "sign-in";
  }
  return new ApiError(status, error.code ?? "", error.message ?? `The server answered ${status}.`, error.fix ?? "",
    (body ?? {}) as Record<string, unknown>);
}

export function get<T>(where: string, abort?: AbortSignal): Promise<T> {
  return call<T>(where, abort ? { signal: abort } : {});
}

export function send<T>(method: "POST" | "PUT" | "PATCH" | "DELETE", where: string, body?: unknown): Promise<T> {
  return call<T>(where, body === undefined ? { method } : { method, body });
}

/** Signs in, or takes up the session that the cookie holds. */
export async function openSession(body?: { email: string; password: string }): Promise<void> {
  const opened = body ? await send<Session>("POST", "/session", body) : await get<Session>("/session");
  session.value = opened;
  gate.value = "open";
}

export async function claim(body: { token: string; email: string; password: string }): Promise<void> {
  session.value = await send<Session>("POST", "/claim", body);
  gate.value = "open";
}

export async function closeSession(): Promise<void> {
  await send("DELETE", "/session");
  session.value = null;
  gate.value = "sign-in";
}

const kRank = { viewer: 0, operator: 1, admin: 2 } as const;

/** Whether the signed-in role may do what asks for `role`. */
export function may(role: keyof typeof kRank): boolean {
  const have = session.value?.user.role;
  return have !== undefined && kRank[have] >= kRank[role] && !(session.value?.server.read_only && role === "operator");
}
