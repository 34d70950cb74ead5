// Calls of our own API: typed from its description, bounded in time, and errors a person can read.
import type { Calls } from "./types";

/** The controller said no; `detail` says what to do. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly problem: Record<string, unknown>,
  ) {
    super(detail);
  }
}

/** Nobody answered in time: it is not known whether the call arrived. */
export class NoAnswer extends Error {}

export interface Options<Name extends keyof Calls> {
  path?: Record<string, string>;
  query?: Record<string, string | number | boolean | undefined>;
  body?: Calls[Name]["body"];
  headers?: Record<string, string>;
  limit_ms?: number;
}

/** Told to the window when the session is over: another token, or its 12 hours. */
export const LOGGED_OUT = "onekey-logged-out";
const USUAL_LIMIT_MS = 10_000;
const NO_ANSWER = "the controller does not answer: look whether it did what was asked before repeating it";

/** Call `METHOD /path`; throws Refusal or NoAnswer. */
export async function call<Name extends keyof Calls & string>(
  name: Name,
  options: Options<Name> = {},
): Promise<Calls[Name]["answer"]> {
  const [method, template] = name.split(" ") as [string, string];
  const url = new URL(filled(template, options.path ?? {}), location.origin);
  for (const [key, value] of Object.entries(options.query ?? {}))
    if (value !== undefined) url.searchParams.set(key, String(value));
  const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      headers,
      body: options.body === undefined ? null : JSON.stringify(options.body),
      credentials: "same-origin",
      signal: AbortSignal.timeout(options.limit_ms ?? USUAL_LIMIT_MS),
    });
    text = await response.text();
  } catch (error) {
    throw new NoAnswer(NO_ANSWER, { cause: error });
  }
  const answer = parsed(text);
  if (response.status === 401) dispatchEvent(new Event(LOGGED_OUT));
  if (!response.ok) {
    const problem = (answer ?? {}) as Record<string, unknown>;
    throw new Refusal(
      response.status,
      String(problem["title"] ?? response.statusText),
      String(problem["detail"] ?? text.slice(0, 200)),
      problem,
    );
  }
  return answer as Calls[Name]["answer"];
}

function filled(template: string, path: Record<string, string>): string {
  return template.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(path[key] ?? ""));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What to tell a person about an error of a call. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
