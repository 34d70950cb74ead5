// What the controller says in English, in the chosen language; ids, numbers and quoted texts stay.
import type { Code } from "./language.svelte";
import catalogue from "./said.json" with { type: "json" };

interface Sentence {
  form: RegExp;
  names: string[];
  zh: string;
}

const PLACES: Record<string, string> = {
  n: "(-?[\\d.]+)",
  s: "(s?)",
  at: "([A-Z]*K\\d+\\+\\d+)",
  id: "([^\\s;:,()「]+)",
  ids: "(\\d+(?:(?:, | and )\\d+)*)",
  // Short parts never reach over a joint, or one clause would be read as part of another.
  name: "([^;:,]+?)",
  kind: "([^;:,]+?)",
  what: "([^;:]+?)",
  where: "([^;:]+?)",
};
const PLACE = /\{([a-z]+)(\d*)\}/g;
const WHOLE = new Map(Object.entries(catalogue));
const SENTENCES: Sentence[] = Object.entries(catalogue)
  .filter(([en]) => en.includes("{"))
  .sort(([a], [b]) => weight(b) - weight(a))
  .map(([en, zh]) => ({ form: formOf(en), names: [...en.matchAll(PLACE)].map((m) => m[0]), zh }));
const LONG = SENTENCES.filter(({ form }) => form.source.includes("; "));
const KEPT = 2000;
const told = new Map<string, string>();

/** The sentence in the language asked for; what no template knows stays as it was said. */
export function saidIn(text: string, code: Code): string {
  if (code === "en" || !text) return text;
  const known = told.get(text);
  if (known !== undefined) return known;
  const made = inChinese(text);
  if (told.size >= KEPT) told.clear();
  told.set(text, made);
  return made;
}

function inChinese(text: string): string {
  const whole = WHOLE.get(text);
  if (whole !== undefined) return whole;
  const long = byTemplate(text, LONG);
  if (long !== null) return long;
  // Parts joined by a semicolon are sentences of their own: a place that is a text must not swallow two.
  const clauses = apart(text, "; ");
  if (clauses) return clauses.map(inChinese).join("；");
  const short = byTemplate(text, SENTENCES);
  if (short !== null) return short;
  for (const [joint, chinese] of [
    [": ", "："],
    [", ", "，"],
  ] as const) {
    const parts = apart(text, joint);
    if (parts) return parts.map(inChinese).join(chinese);
  }
  return text;
}

function byTemplate(text: string, sentences: Sentence[]): string | null {
  for (const { form, names, zh } of sentences) {
    const found = form.exec(text);
    if (!found) continue;
    const filled = new Map(names.map((name, i) => [name, inChinese(found[i + 1] ?? "")]));
    return zh.replace(PLACE, (name) => filled.get(name) ?? name);
  }
  return null;
}

/** The parts between joints outside quotes, or nothing if there is no such joint. */
function apart(text: string, joint: string): string[] | null {
  const parts: string[] = [];
  let quoted = false;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "「") quoted = true;
    if (text[at] === "」") quoted = false;
    if (!quoted && text.startsWith(joint, at)) {
      parts.push(text.slice(from, at));
      from = at + joint.length;
      at = from - 1;
    }
  }
  return parts.length ? [...parts, text.slice(from)] : null;
}

function formOf(en: string): RegExp {
  const parts = en.split(/\{([a-z]+)\d*\}/);
  const made = parts.map((part, i) =>
    i % 2 ? (PLACES[part] ?? "(.+?)") : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"),
  );
  return new RegExp(`^${made.join("")}$`);
}

function weight(en: string): number {
  return en.replace(PLACE, "").length;
}
