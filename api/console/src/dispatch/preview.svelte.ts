// What a press would do now, asked anew whenever the choice changes and every few seconds while it stands.
import { call, NoAnswer, Refusal } from "../api/client";
import type { IncidentBody, PlanAnswer } from "../api/types";
import { session } from "../live/session.svelte";
import { selection } from "./selection.svelte";

const PAUSE_MS = 120;
const AGAIN_MS = 5_000;

class Preview {
  plan: PlanAnswer | null = $state.raw(null);
  /** Why there is none: what is missing, in the controller's words. */
  problem: Refusal | null = $state.raw(null);
  /** The body the plan is for, as text. */
  #of = $state("");

  /** The plan of exactly what is chosen now is there and was drawn. */
  readonly ready = $derived(this.plan !== null && this.#of === JSON.stringify(selection.body));

  readonly values: ReadonlyMap<string, unknown> = $derived(
    new Map((this.plan?.plan.demands ?? []).map((d) => [d.device, d.value])),
  );

  readonly problems: ReadonlyMap<string, string> = $derived(
    new Map((this.plan?.readiness ?? []).map((row) => [row.device, row.problem])),
  );

  /** Keep it up to date; runs inside an effect. */
  follow(): () => void {
    const body = selection.body;
    if (!body || session.actor === null) {
      this.clear();
      return () => {};
    }
    let current = true;
    let timer = setTimeout(ask, PAUSE_MS, this);
    async function ask(self: Preview): Promise<void> {
      await self.#ask(body!, () => current);
      if (current) timer = setTimeout(ask, AGAIN_MS, self);
    }
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }

  async again(): Promise<void> {
    if (selection.body) await this.#ask(selection.body, () => true);
  }

  clear(): void {
    this.plan = null;
    this.problem = null;
    this.#of = "";
  }

  async #ask(body: IncidentBody, current: () => boolean): Promise<void> {
    const of = JSON.stringify(body);
    try {
      const plan = await call("POST /api/v1/plans", { body, limit_ms: 3_000 });
      if (!current()) return;
      this.plan = plan;
      this.problem = null;
      this.#of = of;
    } catch (error) {
      if (!current() || error instanceof NoAnswer) return; // what was drawn stays, the banner says it is old
      this.plan = null;
      this.#of = "";
      this.problem = error instanceof Refusal ? error : null;
    }
  }
}

export const preview = new Preview();
