// What the screens show: the controller's facts as they are now, and whether they can be trusted to be.
import { SvelteMap } from "svelte/reactivity";
import type { Alarm, Incident } from "../api/types";
import { emptyFacts, takeChanges, takeSnapshot, type Facts, type LiveDevice } from "./merge";
import { SILENCE_MS, Source, type News } from "./source";

/** `starting` until the first snapshot, `lost` when nothing was heard for a moment. */
export type Connection = "starting" | "live" | "lost";

class Live {
  devices = new SvelteMap<string, LiveDevice>();
  incidents = new SvelteMap<string, Incident>();
  alarms = new SvelteMap<string, Alarm>();
  facts: Facts = $state(emptyFacts());
  connection: Connection = $state("starting");
  /** The controller's time, a few times a second. */
  now_ms = $state(Date.now());
  #ahead_ms = 0;
  #heard_at = 0;
  /** Nothing was missed since the last snapshot. */
  #whole = false;

  /** Open incidents, newest first. */
  readonly open = $derived.by(() => this.#in("activating", "active", "degraded", "clearing"));

  /** Reports that wait for somebody to press, newest first. */
  readonly prepared = $derived.by(() => this.#in("prepared"));

  /** What was cleared, as far as this page has heard of it, the last one first. */
  readonly over = $derived.by(() => this.#in("cleared").sort((a, b) => b.updated_ms - a.updated_ms));

  start(): void {
    if (typeof SharedWorker === "undefined") new Source((news) => this.#take(news));
    else this.#share();
    setInterval(() => this.#tick(), 200);
  }

  #share(): void {
    const worker = new SharedWorker(new URL("./worker.ts", import.meta.url), {
      type: "module",
      name: "onekey",
    });
    worker.port.addEventListener("message", (event: MessageEvent<News>) => this.#take(event.data));
    worker.port.start();
    addEventListener("pagehide", () => worker.port.postMessage("bye"));
  }

  #take(news: News): void {
    if (news.kind === "lost") {
      this.connection = "lost";
      this.#whole = false;
      return;
    }
    if (news.kind === "snapshot") {
      takeSnapshot(this, news.body);
      this.#whole = true;
    }
    if (!this.#whole) return; // something was missed: the snapshot is on its way
    if (news.kind === "changes") takeChanges(this, news.body);
    this.connection = "live";
    this.#heard_at = performance.now();
    this.#ahead_ms = (news.kind === "heard" ? news.now_ms : news.body.now_ms) - Date.now();
  }

  #in(...states: string[]): Incident[] {
    return [...this.incidents.values()]
      .filter((i) => states.includes(i.state))
      .sort((a, b) => b.created_ms - a.created_ms || b.id.localeCompare(a.id));
  }

  #tick(): void {
    this.now_ms = Date.now() + this.#ahead_ms;
    // The worker itself may have died: what this page hears counts.
    if (this.connection === "live" && performance.now() - this.#heard_at > SILENCE_MS + 300)
      this.connection = "lost";
  }
}

export const live = new Live();
