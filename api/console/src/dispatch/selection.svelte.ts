// What the dispatcher has chosen: place, lanes, type, or a report as text. It becomes the body of the call.
import type { Carriageway, IncidentBody, Site } from "../api/types";
import { site } from "../live/site.svelte";
import { nameAt } from "../strip/chainage";

export type Place =
  | { kind: "point"; carriageway: string; at_m: number }
  | { kind: "tunnel"; carriageway: string; tunnel: string };

export type Impact = "clear" | "blocked" | "affected";

/** A choice older than this is chosen again: the road may have changed since. */
export const FRESH_MS = 60_000;
const NEXT: Record<Impact, Impact> = { clear: "blocked", blocked: "affected", affected: "clear" };

class Selection {
  place: Place | null = $state(null);
  lanes: Record<number, Impact> = $state({});
  type = $state("rear_end");
  text = $state("");
  separate = $state(false);
  /** The hard shoulder is ordered open as a lane. */
  shoulder = $state(false);
  /** Devices left out of this incident. */
  drop: string[] = $state([]);
  /** An open incident this corrects; null opens a new one. */
  correcting: string | null = $state(null);
  /** When the last thing was chosen, by the page's clock. */
  chosen_at = $state(0);

  readonly carriageway: Carriageway | null = $derived(
    site.value?.carriageways.find((c) => c.id === this.place?.carriageway) ?? null,
  );

  /** The body of the call; null while something is missing. */
  readonly body: IncidentBody | null = $derived.by(() => {
    const more = {
      ...(this.separate && { separate: true }),
      ...(this.shoulder && { shoulder: true }),
      ...(this.drop.length && { drop: [...this.drop] }),
    };
    if (this.text.trim()) return { text: this.text.trim(), ...more };
    const lanes = Object.fromEntries(Object.entries(this.lanes).filter(([, impact]) => impact !== "clear"));
    if (!this.place || !this.carriageway || !Object.keys(lanes).length) return null;
    const where =
      this.place.kind === "tunnel"
        ? { tunnel: this.place.tunnel }
        : { chainage: nameAt(this.carriageway, this.place.at_m) };
    return { carriageway: this.place.carriageway, ...where, lanes, type: this.type, ...more };
  });

  choosePlace(place: Place): void {
    if (place.carriageway !== this.place?.carriageway) this.lanes = { 1: "blocked" };
    this.place = place;
    this.text = "";
    this.#touch();
  }

  chooseType(type: string): void {
    this.type = type;
    this.text = "";
    this.#touch();
  }

  cycleLane(lane: number): void {
    this.lanes = { ...this.lanes, [lane]: NEXT[this.lanes[lane] ?? "clear"] };
    this.text = "";
    this.#touch();
  }

  /** All running lanes of a tunnel's tube: the wide action. */
  allLanes(place: Place): void {
    this.place = place;
    this.lanes = Object.fromEntries((this.carriageway?.lanes ?? []).map((lane) => [lane.number, "blocked"]));
    this.type = "other";
    this.text = "";
    this.#touch();
  }

  useText(text: string): void {
    this.text = text;
    this.place = null;
    this.lanes = {};
    this.#touch();
  }

  openShoulder(): void {
    this.shoulder = !this.shoulder;
    this.#touch();
  }

  leaveOut(device: string, out: boolean): void {
    this.drop = out ? [...this.drop, device] : this.drop.filter((one) => one !== device);
    this.#touch();
  }

  mark(separate: boolean): void {
    this.separate = separate;
    this.#touch();
  }

  correct(id: string | null): void {
    this.correcting = id;
    this.#touch();
  }

  reset(): void {
    this.place = null;
    this.lanes = {};
    this.type = "rear_end";
    this.text = "";
    this.separate = false;
    this.shoulder = false;
    this.drop = [];
    this.correcting = null;
    this.chosen_at = 0;
  }

  fresh(now: number): boolean {
    return this.chosen_at > 0 && now - this.chosen_at < FRESH_MS;
  }

  #touch(): void {
    this.chosen_at = performance.now();
  }
}

export const selection = new Selection();

/** The tunnel a place lies in. */
export function tunnelAt(loaded: Site, place: Place): Site["tunnels"][number] | null {
  if (place.kind === "tunnel") return loaded.tunnels.find((t) => t.id === place.tunnel) ?? null;
  const inside = (t: Site["tunnels"][number]) =>
    t.bores.some(
      (b) => b.carriageway === place.carriageway && b.entry_m <= place.at_m && place.at_m <= b.exit_m,
    );
  return loaded.tunnels.find(inside) ?? null;
}
