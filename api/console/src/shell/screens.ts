// The screens beside the dispatch screen, by the word their paths begin with.
import type { Component } from "svelte";
import Alarms from "../alarms/Alarms.svelte";
import type { Site } from "../api/types";
import Board from "../devices/Board.svelte";
import Incidents from "../incident/Incidents.svelte";
import Report from "../incident/Report.svelte";
import Audit from "../screens/Audit.svelte";
import Handover from "../screens/Handover.svelte";
import Scenarios from "../screens/Scenarios.svelte";
import SiteScreen from "../screens/SiteScreen.svelte";
import type { View } from "./route.svelte";

type Screen = Component<{ site: Site }>;

export const SCREENS: Record<Exclude<View, "dispatch">, Screen> = {
  incidents: Incidents,
  devices: Board,
  alarms: Alarms,
  audit: Audit,
  site: SiteScreen,
  handover: Handover,
  scenarios: Scenarios,
  report: Report,
};
