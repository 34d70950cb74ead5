// What a device shows, in words and for comparing; values are those of the API.
import type { Words } from "../words/en";

export interface BeaconValue {
  flash: boolean;
  siren: boolean;
}

export type Type = "head" | "sign" | "beacon";

export function multiOf(value: unknown): string | null {
  return isObject(value) && typeof value["multi"] === "string" ? value["multi"] : null;
}

export function beaconOf(value: unknown): BeaconValue | null {
  if (!isObject(value) || !("flash" in value)) return null;
  return { flash: value["flash"] === true, siren: value["siren"] === true };
}

/** Whether two values of the API are the same; null is never known to be. */
export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** A sign's message without its tags. */
export function plainText(multi: string): string {
  return multi
    .replace(/\[nl\d*\]/g, " ")
    .replace(/\[np\]/g, " / ")
    .replace(/\[[^\]]*\]/g, "");
}

/** A value as people say it. */
export function inWords(value: unknown, words: Words): string {
  if (value === null || value === undefined) return words.strip.unknown;
  if (typeof value === "string") return words.device.aspects[value] ?? value;
  const multi = multiOf(value);
  if (multi !== null) return multi ? plainText(multi) : words.strip.blank;
  if (isObject(value) && typeof value["kmh"] === "number")
    return value["kmh"] ? words.device.kmh(value["kmh"]) : words.strip.blank;
  if (isObject(value) && typeof value["clip"] === "string")
    return value["clip"] ? `♪ ${value["clip"]}` : words.device.silent;
  const beacon = beaconOf(value);
  if (!beacon) return JSON.stringify(value);
  const { off, flash, siren, both } = words.device.beacon;
  return beacon.flash && beacon.siren ? both : beacon.flash ? flash : beacon.siren ? siren : off;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
