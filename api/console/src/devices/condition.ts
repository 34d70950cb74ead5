// Which one word says how a device stands: the first of a fixed order that is true of it.
import type { LiveDevice } from "../live/merge";
import { same } from "./value";

/** Worst first: what a person has to act upon before what only explains. */
export const CONDITIONS = [
  "unexplained",
  "dead",
  "failed",
  "fault",
  "local",
  "unknown",
  "mismatch",
  "settling",
  "locked",
  "service",
  "well",
] as const;

export type Condition = (typeof CONDITIONS)[number];

export function conditionOf(device: LiveDevice): Condition {
  if (device.unexplained_since_ms !== null) return "unexplained";
  if (device.reachable === false) return "dead";
  if (device.failed) return "failed";
  if (device.mode === "fault" || device.mode === "fallback") return "fault";
  if (device.mode === "local") return "local";
  if (device.shown === null) return "unknown";
  if (device.verdict === "mismatch") return "mismatch";
  if (differs(device)) return "settling";
  if (device.lock) return "locked";
  if (device.out_of_service !== null) return "service";
  return device.well ? "well" : "settling";
}

/** It is known to show something else than it should. */
export function differs(device: LiveDevice): boolean {
  return device.desired !== null && device.shown !== null && !same(device.desired, device.shown);
}

/** Alarm priority of a condition; 0 needs nobody. Shape and word go with it wherever it is shown. */
export const PRIORITY: Record<Condition, number> = {
  unexplained: 2,
  dead: 2,
  failed: 2,
  fault: 2,
  local: 3,
  unknown: 3,
  mismatch: 1,
  settling: 0,
  locked: 4,
  service: 4,
  well: 0,
};
