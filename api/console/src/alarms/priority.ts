// The four priorities, as numbers for colour and shape; the controller has them as words.
import type { Alarm } from "../api/types";

export const RANK: Record<Alarm["priority"], number> = { critical: 1, high: 2, medium: 3, low: 4 };

/** Not hidden by a person. */
export function listed(alarm: Alarm): boolean {
  return alarm.shelf === null;
}

/** Stands or stood without anybody saying that it was seen. */
export function unseen(alarm: Alarm): boolean {
  return listed(alarm) && (alarm.state === "active_unacked" || alarm.state === "cleared_unacked");
}
