// The loaded site: read once, it changes only with a restart.
import { call } from "../api/client";
import type { Site } from "../api/types";

class LoadedSite {
  value: Site | null = $state(null);

  async load(): Promise<void> {
    for (let tries = 0; this.value === null; tries++) {
      try {
        this.value = await call("GET /api/v1/site");
      } catch {
        await new Promise((again) => setTimeout(again, Math.min(250 * (tries + 1), 2_000)));
      }
    }
  }

  /** Read it again where a restart brought another one. */
  async refresh(): Promise<void> {
    try {
      const now = await call("GET /api/v1/site");
      if (now.started_ms !== this.value?.started_ms) this.value = now;
    } catch {
      // the banner says already that nobody answers
    }
  }
}

export const site = new LoadedSite();
