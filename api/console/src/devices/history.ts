// The last commands of a device: its steps in the incidents this browser knows, newest first.
import type { Incident } from "../api/types";

export interface Command {
  incident: string;
  at_ms: number;
  state: string;
  reason: string;
  /** From the write to its proof, where it was proved. */
  took_ms: number | null;
}

export const MOST = 20;

export function commandsOf(device: string, incidents: Iterable<Incident>): Command[] {
  const found: Command[] = [];
  for (const incident of incidents)
    for (const step of [...incident.steps, ...(incident.clear_steps ?? [])]) {
      if (step.device !== device) continue;
      const sent = step.times["sent"];
      const proved = step.times["verified"];
      found.push({
        incident: incident.id,
        at_ms: (incident.activated_ms ?? incident.created_ms) + step.t_ms,
        state: step.state,
        reason: step.reason,
        took_ms: sent !== undefined && proved !== undefined ? proved - sent : null,
      });
    }
  return found.sort((a, b) => b.at_ms - a.at_ms).slice(0, MOST);
}

/** The value below which a share of the sorted values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
