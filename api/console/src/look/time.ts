// Times and durations for people.
import type { Words } from "../words/en";

/** How long ago, short: `3 s`, `2 min`. */
export function agoText(at_ms: number | null | undefined, now_ms: number, words: Words): string {
  if (at_ms === null || at_ms === undefined) return words.strip.never;
  const s = Math.max(0, Math.round((now_ms - at_ms) / 1000));
  return s < 120 ? words.units.seconds(s) : words.units.minutes(Math.round(s / 60));
}

const pad = (n: number) => String(n).padStart(2, "0");

/** `14:03:07`, local. */
export function clock(at_ms: number): string {
  const at = new Date(at_ms);
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

/** `2026-11-25 14:03:07`, local. */
export function stamp(at_ms: number): string {
  const at = new Date(at_ms);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${clock(at_ms)}`;
}
