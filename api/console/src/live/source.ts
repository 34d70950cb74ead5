// One stream of events from the controller, watched: what is silent for too long is lost, and opened anew.
import type { Changes, Snapshot } from "./merge";

export type News =
  | { kind: "snapshot"; body: Snapshot }
  | { kind: "changes"; body: Changes }
  | { kind: "heard"; now_ms: number }
  | { kind: "lost" };

/** The controller says something each second; two are missed before anybody is alarmed. */
export const SILENCE_MS = 2_300;
const AGAIN_MS = 1_000;

export class Source {
  #stream: EventSource | null = null;
  #heard_at = 0;

  constructor(readonly tell: (news: News) => void) {
    this.#open();
    setInterval(() => this.#watch(), 250);
  }

  #open(): void {
    this.#heard_at = performance.now();
    const stream = new EventSource("/api/v1/events");
    this.#stream = stream;
    const on = (event: string, make: (body: never) => News) =>
      stream.addEventListener(event, (frame) => {
        this.#heard_at = performance.now();
        this.tell(make(JSON.parse((frame as MessageEvent<string>).data) as never));
      });
    on("snapshot", (body: Snapshot) => ({ kind: "snapshot", body }));
    on("changes", (body: Changes) => ({ kind: "changes", body }));
    on("ping", (body: { now_ms: number }) => ({ kind: "heard", now_ms: body.now_ms }));
    stream.addEventListener("error", () => this.#lose());
  }

  #watch(): void {
    if (this.#stream && performance.now() - this.#heard_at > SILENCE_MS) this.#lose();
  }

  /** A new stream starts with a snapshot, so nothing that was missed stays wrong. */
  #lose(): void {
    if (!this.#stream) return;
    this.#stream.close();
    this.#stream = null;
    this.tell({ kind: "lost" });
    setTimeout(() => this.#open(), AGAIN_MS);
  }
}
