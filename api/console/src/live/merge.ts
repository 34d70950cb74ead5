// What is known of the controller, made from a snapshot and what changed since: the same in worker and page.
import type { Alarm, Device, Incident, Step } from "../api/types";

/** A device with the controller's time of its last reading, so that its age can be told at any moment. */
export type LiveDevice = Device & { read_at_ms: number | null };

export interface Facts {
  site: string;
  kind: string;
  journal_degraded: string | null;
  now_ms: number;
}

export interface State {
  devices: Map<string, LiveDevice>;
  incidents: Map<string, Incident>;
  alarms: Map<string, Alarm>;
  facts: Facts;
}

type LiveStep = Step & { incident: string; clear: boolean };

export interface Snapshot extends Facts {
  devices: Device[];
  incidents: Incident[];
  alarms: Alarm[];
}

export interface Changes {
  devices: Device[];
  incidents: Incident[];
  steps: LiveStep[];
  alarms: { raised: Alarm[]; ended: string[] };
  journal_degraded: string | null;
  now_ms: number;
}

export function emptyFacts(): Facts {
  return { site: "", kind: "", journal_degraded: null, now_ms: 0 };
}

/** Take a snapshot: what it does not name is gone. */
export function takeSnapshot(state: State, body: Snapshot): void {
  replace(
    state.devices,
    body.devices.map((d) => [d.id, live(d, body.now_ms)]),
  );
  replace(
    state.incidents,
    body.incidents.map((i) => [i.id, i]),
  );
  replace(
    state.alarms,
    body.alarms.map((a) => [a.cause, a]),
  );
  const { site, kind, journal_degraded, now_ms } = body;
  Object.assign(state.facts, { site, kind, journal_degraded, now_ms });
}

/** Take what changed since. */
export function takeChanges(state: State, body: Changes): void {
  for (const device of body.devices) state.devices.set(device.id, live(device, body.now_ms));
  for (const incident of body.incidents) state.incidents.set(incident.id, incident);
  for (const step of body.steps) takeStep(state, step);
  for (const alarm of body.alarms.raised) state.alarms.set(alarm.cause, alarm);
  for (const cause of body.alarms.ended) state.alarms.delete(cause);
  state.facts.journal_degraded = body.journal_degraded;
  state.facts.now_ms = body.now_ms;
}

/** What a page that opens later is given. */
export function snapshotOf(state: State): Snapshot {
  return {
    ...state.facts,
    devices: [...state.devices.values()].map(({ read_at_ms, ...device }) => ({
      ...device,
      age_ms: read_at_ms === null ? null : state.facts.now_ms - read_at_ms,
    })),
    incidents: [...state.incidents.values()],
    alarms: [...state.alarms.values()],
  };
}

function takeStep(state: State, { incident: id, clear, ...step }: LiveStep): void {
  const incident = state.incidents.get(id);
  if (!incident) return;
  const key = clear ? "clear_steps" : "steps";
  const steps = (incident[key] ?? []).map((old) => (old.device === step.device ? step : old));
  state.incidents.set(id, { ...incident, [key]: steps });
}

function live(device: Device, now_ms: number): LiveDevice {
  return { ...device, read_at_ms: device.age_ms === null ? null : now_ms - device.age_ms };
}

function replace<V>(map: Map<string, V>, entries: [string, V][]): void {
  const kept = new Set(entries.map(([key]) => key));
  for (const key of [...map.keys()]) if (!kept.has(key)) map.delete(key);
  for (const [key, value] of entries) map.set(key, value);
}
