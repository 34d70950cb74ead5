// Shapes of lane signal aspects in a box of 24 by 24, as a driver sees them. Shape alone tells them apart.

export interface Face {
  path: string;
  /** CSS class with the lamp's colour. */
  lamp: "none" | "normal" | "amber" | "red";
}

const CROSS = "M5 5 19 19 M19 5 5 19";

export const FACES: Record<string, Face> = {
  dark: { path: "M11 12 13 12", lamp: "none" },
  open: { path: "M12 4 12 19 M6 13 12 19 18 13", lamp: "normal" },
  caution: { path: "M12 4 12 14 M12 18.5 12 19.5", lamp: "amber" },
  closed_ahead: { path: CROSS, lamp: "amber" },
  merge_left: { path: "M18 5 6 18 M6 9 6 18 15 18", lamp: "amber" },
  merge_right: { path: "M6 5 18 18 M18 9 18 18 9 18", lamp: "amber" },
  closed: { path: CROSS, lamp: "red" },
};

export const UNKNOWN = "M8.5 9 Q8.5 5 12 5 Q15.5 5 15.5 8.5 Q15.5 11 12 12.5 L12 15 M12 18.5 12 19.5";
