// The screens beside the dispatch screen, by the word their paths begin with.
import type { Component } from "svelte";
import type { Site } from "../api/types";
import Board from "../devices/Board.svelte";
import type { View } from "./route.svelte";
import Later from "./Later.svelte";

type Screen = Component<{ site: Site }>;

export const SCREENS: Record<Exclude<View, "dispatch">, Screen> = {
  incidents: Later,
  devices: Board,
  alarms: Later,
  audit: Later,
  site: Later,
  handover: Later,
  scenarios: Later,
  report: Later,
};
