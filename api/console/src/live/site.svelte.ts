// The loaded site: read once, it changes only with a restart.
import { call } from "../api/client";
import type { Site } from "../api/types";
import { language } from "../words/language.svelte";

class LoadedSite {
  value: Site | null = $state(null);

  async load(): Promise<void> {
    for (let tries = 0; this.value === null; tries++) {
      try {
        this.#take(await call("GET /api/v1/site"));
      } catch {
        await new Promise((again) => setTimeout(again, Math.min(250 * (tries + 1), 2_000)));
      }
    }
  }

  /** Read it again where a restart brought another one. */
  async refresh(): Promise<void> {
    try {
      const now = await call("GET /api/v1/site");
      if (now.started_ms !== this.value?.started_ms) this.#take(now);
    } catch {
      // the banner says already that nobody answers
    }
  }

  /** Its own names are in the sentences the controller says. */
  #take(site: Site): void {
    language.learn([
      site.name,
      ...site.carriageways.flatMap((one) => [one.direction, ...one.lanes]),
      ...site.tunnels.map((one) => one.name),
      ...site.junctions.map((one) => one.name),
      ...site.interlocks.map((one) => one.reason),
    ]);
    this.value = site;
  }
}

export const site = new LoadedSite();
