// The press itself: one call with a limit of its own, safe to repeat, and its answer within the blink of an eye.
import { call, NoAnswer, Refusal } from "../api/client";
import type { Incident } from "../api/types";
import { live } from "../live/live.svelte";
import { preview } from "./preview.svelte";
import { selection } from "./selection.svelte";

/** Without an answer by then the dispatcher must take the phone. */
export const LIMIT_MS = 2_000;

export type Answer =
  | { kind: "accepted"; incident: Incident; after_ms: number }
  | { kind: "refused"; detail: string; after_ms: number }
  | { kind: "not_sent" };

class Press {
  sending = $state(false);
  answer: Answer | null = $state.raw(null);
  #body = "";
  #key = "";

  /** The incident of the newest press while it may be taken back, and until when (the controller's time). */
  readonly undoable: { id: string; until_ms: number } | null = $derived.by(() => {
    if (this.answer?.kind !== "accepted") return null;
    const { id, undo } = this.answer.incident;
    const now = live.incidents.get(id);
    const open = now ? now.undo : undo;
    return open && open.until_ms > live.now_ms ? { id, until_ms: open.until_ms } : null;
  });

  async press(): Promise<void> {
    const body = selection.body;
    if (this.sending || !body) return;
    this.sending = true;
    this.answer = null; // the answer of the press before is no answer to this one
    const started = performance.now();
    try {
      const incident = selection.correcting
        ? await call("PATCH /api/v1/incidents/{incident_id}", {
            path: { incident_id: selection.correcting },
            body,
            limit_ms: LIMIT_MS,
          })
        : await this.#open(body);
      const after_ms = Math.round(performance.now() - started);
      this.answer = { kind: "accepted", incident, after_ms };
      // What was chosen while this was on its way is kept.
      if (!incident.joined && JSON.stringify(selection.body) === JSON.stringify(body)) this.#done();
    } catch (error) {
      const after_ms = Math.round(performance.now() - started);
      this.answer =
        error instanceof NoAnswer
          ? { kind: "not_sent" }
          : { kind: "refused", detail: error instanceof Refusal ? error.detail : String(error), after_ms };
    } finally {
      this.sending = false;
    }
  }

  /** The same choice pressed again has the same key, so it can only ever be one incident. */
  async #open(body: NonNullable<typeof selection.body>): Promise<Incident> {
    const text = JSON.stringify(body);
    if (text !== this.#body || !this.#key) {
      this.#body = text;
      this.#key = randomKey();
    }
    const incident = await call("POST /api/v1/incidents", {
      body,
      headers: { "Idempotency-Key": this.#key },
      limit_ms: LIMIT_MS,
    });
    if (incident.state !== "prepared") return incident;
    // The text did not order a start; the person who pressed did.
    return call("POST /api/v1/incidents/{incident_id}/activate", {
      path: { incident_id: incident.id },
      limit_ms: LIMIT_MS,
    });
  }

  async undo(): Promise<void> {
    if (!this.undoable) return;
    try {
      await call("POST /api/v1/incidents/{incident_id}/undo", { path: { incident_id: this.undoable.id } });
    } catch (error) {
      this.answer = { kind: "refused", detail: error instanceof Error ? error.message : "", after_ms: 0 };
    }
  }

  #done(): void {
    this.#key = "";
    selection.reset();
    preview.clear();
  }
}

/** `crypto.randomUUID` exists on secure pages only; a control room may have plain HTTP on its own network. */
function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
}

export const press = new Press();
