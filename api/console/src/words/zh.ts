// 控制台的全部中文词语；缺少任何一条都无法构建。
import type { Words } from "./en";
import { alarm } from "./zh/alarm";
import { device } from "./zh/device";
import { dispatch } from "./zh/dispatch";
import { incident } from "./zh/incident";
import { journal } from "./zh/journal";
import { screens } from "./zh/screens";
import { shell } from "./zh/shell";

export const zh: Words = { ...shell, ...dispatch, ...incident, ...device, ...alarm, ...journal, ...screens };
