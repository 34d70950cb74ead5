// The language of the console; switching it changes every word at once and loads nothing.
import { en, type Words } from "./en";
import { learn, saidIn } from "./said";
import { zh } from "./zh";

export type Code = "zh" | "en";
const KEPT = "onekey.language";
const ALL: Record<Code, Words> = { zh, en };

class Language {
  code: Code = $state(first());
  readonly words: Words = $derived(ALL[this.code]);
  #learned = $state(0);

  use(code: Code): void {
    this.code = code;
    localStorage.setItem(KEPT, code);
    document.documentElement.lang = code === "zh" ? "zh-CN" : "en";
  }

  /** The text of a pair the controller gives in both. */
  of(text: { zh: string; en: string }): string {
    return text[this.code];
  }

  /** Names of a site, which sentences hold; what is on the screen is read again. */
  learn(names: readonly { zh: string; en: string }[]): void {
    learn(names);
    this.#learned++;
  }

  /** What the controller said, in the chosen language as far as the catalogue knows it. */
  said(text: string | null | undefined): string {
    void this.#learned;
    return saidIn(text ?? "", this.code);
  }

  /** A word of a table, or the key itself where the controller knows more than this console. */
  named(table: Record<string, string>, key: string): string {
    return table[key] ?? key;
  }
}

function first(): Code {
  const kept = localStorage.getItem(KEPT);
  if (kept === "zh" || kept === "en") return kept;
  return navigator.language.toLowerCase().startsWith("en") ? "en" : "zh";
}

export const language = new Language();
