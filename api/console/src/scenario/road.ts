// What the lamps of a scenario run showed at an instant, and how its devices lie along their road.
import type { ScenarioRoad } from "../api/types";

export type Places = ScenarioRoad["devices"];

export interface Row {
  carriageway: string;
  /** Ids in the order traffic meets them. */
  devices: string[];
  lanes: number[];
  /** The stretch with lane signals, in metres along the carriageway, with a margin. */
  from_m: number;
  to_m: number;
}

const MARGIN_M = 200;

/** The lamps at an instant; a device nothing is known of yet is not in it. */
export function shownAt(road: ScenarioRoad, at_ms: number): Map<string, unknown> {
  const shown = new Map<string, unknown>();
  for (const one of road.shown) if (one.from_ms <= at_ms) shown.set(one.device, one.lamp);
  return shown;
}

/** One row for each carriageway that has lane signals. */
export function rowsOf(places: Places): Row[] {
  const names = [...new Set(Object.values(places).map((one) => one.carriageway))].sort();
  return names.flatMap((carriageway) => {
    const own = Object.entries(places).filter(([, one]) => one.carriageway === carriageway);
    own.sort(([, a], [, b]) => a.at_m - b.at_m);
    const heads = own.map(([, one]) => one).filter((one) => one.type === "head");
    if (!heads.length) return [];
    const lanes = [...new Set(heads.map((one) => one.lane ?? 1))].sort((a, b) => a - b);
    const from_m = heads[0]!.at_m - MARGIN_M;
    const to_m = heads.at(-1)!.at_m + MARGIN_M;
    return [{ carriageway, devices: own.map(([id]) => id), lanes, from_m, to_m }];
  });
}

/** How many heads show what, in the order of first sight. */
export function counted(row: Row, places: Places, shown: ReadonlyMap<string, unknown>): [string, number][] {
  const counts = new Map<string, number>();
  for (const id of row.devices) {
    if (places[id]!.type !== "head") continue;
    const lamp = shown.get(id);
    const said = typeof lamp === "string" ? lamp : "unknown";
    counts.set(said, (counts.get(said) ?? 0) + 1);
  }
  return [...counts];
}
