// One incident with its timeline: from the stream while it is recent, else asked for.
import { call } from "../api/client";
import type { Incident, TimelineEntry } from "../api/types";
import { live } from "../live/live.svelte";

export class Held {
  #asked: Incident | null = $state.raw(null);
  timeline: TimelineEntry[] = $state.raw([]);
  missing = $state(false);
  readonly value: Incident | null = $derived.by(() => live.incidents.get(this.id()) ?? this.#asked);

  constructor(readonly id: () => string) {
    $effect(() => {
      const wanted = id();
      this.missing = false;
      if (!live.incidents.has(wanted))
        call("GET /api/v1/incidents/{incident_id}", { path: { incident_id: wanted } }).then(
          (incident) => (this.#asked = incident),
          () => (this.missing = true),
        );
    });
    // A new state is a new entry; half a second lets the journal catch up.
    $effect(() => {
      const wanted = id();
      void this.value?.updated_ms;
      void this.value?.verdict;
      const timer = setTimeout(() => {
        call("GET /api/v1/incidents/{incident_id}/timeline", { path: { incident_id: wanted } }).then(
          (answer) => (this.timeline = answer.timeline),
          () => {},
        );
      }, 500);
      return () => clearTimeout(timer);
    });
  }
}
