// A tone for the highest alarm nobody has seen, each priority its own; silence is not acknowledge.
import type { Alarm } from "../api/types";
import { live } from "../live/live.svelte";
import { RANK, unseen } from "./priority";

/** Hertz and beeps of a priority; the more urgent the higher and the more. */
export const TONES: Record<number, { hertz: number; beeps: number }> = {
  1: { hertz: 988, beeps: 3 },
  2: { hertz: 784, beeps: 2 },
  3: { hertz: 587, beeps: 1 },
  4: { hertz: 440, beeps: 1 },
};
const EVERY_MS = 5_000;

class Sound {
  on = $state(localStorage.getItem("onekey.sound") !== "off");
  /** Ids that were there when somebody pressed Silence. */
  #silenced: ReadonlySet<string> = $state.raw(new Set());
  #context: AudioContext | null = null;

  readonly loudest: Alarm | null = $derived.by(() => {
    const loud = [...live.alarms.values()].filter((alarm) => unseen(alarm) && !this.#silenced.has(alarm.id));
    return loud.sort((a, b) => RANK[a.priority] - RANK[b.priority])[0] ?? null;
  });

  readonly silent = $derived(this.#silenced.size > 0 && this.loudest === null);

  turn(): void {
    this.on = !this.on;
    localStorage.setItem("onekey.sound", this.on ? "on" : "off");
  }

  /** Until an alarm comes that is not there now. */
  silence(): void {
    this.#silenced = new Set([...live.alarms.values()].map((alarm) => alarm.id));
  }

  /** Play while something is unseen; runs inside an effect. */
  follow(): () => void {
    const alarm = this.loudest;
    if (!this.on || !alarm) return () => {};
    this.#play(RANK[alarm.priority]);
    const timer = setInterval(() => this.#play(RANK[alarm.priority]), EVERY_MS);
    return () => clearInterval(timer);
  }

  #play(priority: number): void {
    const { hertz, beeps } = TONES[priority]!;
    if (navigator.userActivation && !navigator.userActivation.hasBeenActive) return; // browsers stay silent until then
    const context = (this.#context ??= new AudioContext());
    for (let beep = 0; beep < beeps; beep++) {
      const start = context.currentTime + beep * 0.25;
      const tone = context.createOscillator();
      const volume = context.createGain();
      tone.frequency.value = hertz;
      volume.gain.value = 0.12;
      tone.connect(volume).connect(context.destination);
      tone.start(start);
      tone.stop(start + 0.15);
    }
  }
}

export const sound = new Sound();
