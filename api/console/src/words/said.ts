// What the controller says in English, in the chosen language; ids, numbers and quoted texts stay.
import type { Code } from "./language.svelte";
import calls from "./said/calls.json" with { type: "json" };
import devices from "./said/devices.json" with { type: "json" };
import incidents from "./said/incidents.json" with { type: "json" };
import journal from "./said/journal.json" with { type: "json" };
import plan from "./said/plan.json" with { type: "json" };
import scenarios from "./said/scenarios.json" with { type: "json" };
import site from "./said/site.json" with { type: "json" };
import words from "./said/words.json" with { type: "json" };

interface Sentence {
  form: RegExp;
  names: string[];
  zh: string;
}

const PLACES: Record<string, string> = {
  n: "(-?[\\d.]+)",
  s: "(s?)",
  at: "([A-Z]*K\\d+\\+\\d+)",
  id: "((?:[^\\s;:,()「]|:(?=\\S))+)",
  // Where the words around it are few: an id that cannot be taken for a word a person wrote.
  key: "((?:[^\\s;:,()「]|:(?=\\S))*[\\d:*-][^\\s;,()「]*)",
  ids: "(\\d+(?:(?:, | and )\\d+)*)",
  incident: "(I-\\d{8}-\\d+)",
  unit: "(ms|s|min|h)",
  aspect:
    "(open|dark|closed|caution|closed_ahead|merge_left|merge_right|green|yellow|red|" +
    "off|blank|silent|flash|siren|flash\\+siren|closed ahead|merge left|merge right)",
  quote: "(「[^」]*」)",
  // Short parts never reach over a joint, or one clause would be read as part of another.
  name: "((?:[^;:,]|:(?=\\S))+?)",
  who: "((?:[^;:,]|:(?=\\S))+?)",
  kind: "((?:[^;:,]|:(?=\\S))+?)",
  what: "((?:[^;:]|:(?=\\S))+?)",
  where: "((?:[^;:]|:(?=\\S))+?)",
};
const PLACE = /\{([a-z]+)(\d*)\}/g;
const CATALOGUE: Record<string, string> = {
  ...plan,
  ...incidents,
  ...journal,
  ...devices,
  ...calls,
  ...site,
  ...scenarios,
  ...words,
};
const KNOWN = withHalves(CATALOGUE);
const WHOLE = new Map(Object.entries(KNOWN));
const SENTENCES: Sentence[] = Object.entries(KNOWN)
  .filter(([en]) => en.includes("{"))
  .sort(([a], [b]) => weight(b) - weight(a))
  .map(([en, zh]) => ({ form: formOf(en), names: [...en.matchAll(PLACE)].map((m) => m[0]), zh }));
const LONG = SENTENCES.filter(({ form }) => form.source.includes("; "));
/** A question the controller asks in both languages at once, Chinese first. */
const BOTH = /^((?:\p{Script=Han}|“).*?[？。]|“.*”：\p{Script=Han}+) (?=["A-Z]).*$/u;
/** The same of a name in a list: `1 (快车道, fast lane)`. */
const NAME_IN_BOTH = /\((\p{Script=Han}[^,()]*), [^()]*\)/gu;
const AN_ID = /^[A-Z][\w*+-]*$/;
const KEPT = 2000;
const told = new Map<string, string>();
let named = new Map<string, string>();

/** The site's own names, English ↔ Chinese: tunnels, directions, lanes, exits, reasons of interlocks. */
export function learn(pairs: readonly { en: string; zh: string }[]): void {
  named = new Map(pairs.map(({ en, zh }) => [en, zh]));
  told.clear();
}

/** The sentence in the language asked for; what no template knows stays as it was said. */
export function saidIn(text: string, code: Code): string {
  if (code === "en" || !text) return text;
  const known = told.get(text);
  if (known !== undefined) return known;
  const made = inChinese(text.replace(NAME_IN_BOTH, "（$1）"));
  if (told.size >= KEPT) told.clear();
  told.set(text, made);
  return made;
}

function inChinese(text: string): string {
  const whole = WHOLE.get(text) ?? named.get(text);
  if (whole !== undefined) return whole;
  const long = byTemplate(text, LONG);
  if (long !== null) return long;
  // Parts joined by a semicolon are sentences of their own: a place that is a text must not swallow two.
  const clauses = apart(text, "; ");
  if (clauses) return clauses.map(inChinese).join("；");
  const both = BOTH.exec(text);
  if (both) return both[1]!;
  const short = byTemplate(text, SENTENCES);
  if (short !== null) return short;
  for (const [joint, chinese] of [
    [": ", "："],
    [", ", "，"],
  ] as const) {
    const parts = apart(text, joint);
    if (!parts) continue;
    if (parts.every((part) => AN_ID.test(part))) return parts.join("、");
    const [first, ...rest] = parts;
    return `${inChinese(first!)}${chinese}${inChinese(rest.join(joint))}`;
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

/** What is wrong and its remedy are known apart too: a list of findings cuts them in two. */
function withHalves(catalogue: Record<string, string>): Record<string, string> {
  const halves = Object.entries(catalogue).flatMap(([en, zh]) => {
    const [english, chinese] = [en.split("; "), zh.split("；")];
    if (english.length < 2 || english.length !== chinese.length) return [];
    return english.map((part, at): [string, string] => [part, chinese[at]!]);
  });
  const whole = halves.filter(
    ([en, zh]) => weight(en) > 3 && (zh.match(PLACE) ?? []).every((place) => en.includes(place)),
  );
  return { ...Object.fromEntries(whole), ...catalogue };
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
