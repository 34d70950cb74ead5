// Every word of the console in English; the Chinese files must have the same keys or nothing is built.
import { alarm } from "./en/alarm";
import { device } from "./en/device";
import { dispatch } from "./en/dispatch";
import { incident } from "./en/incident";
import { journal } from "./en/journal";
import { screens } from "./en/screens";
import { shell } from "./en/shell";
import type { Wide } from "./wide";

export const en = { ...shell, ...dispatch, ...incident, ...device, ...alarm, ...journal, ...screens };

export type Words = Wide<typeof en>;
