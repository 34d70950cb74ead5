// Where the pictures of signs stand above a road: over their place where there is room, never over each other.

export interface Panel {
  id: string;
  /** Middle, pixels. */
  x: number;
  width_px: number;
  height_px: number;
}

export interface Wanted {
  id: string;
  /** Where the leader line ends; may lie outside the drawing. */
  x: number;
  width_px: number;
  height_px: number;
}

/** Push panels apart from left to right, then back from the right edge. */
export function spread(wanted: readonly Wanted[], width_px: number, gap_px: number): Panel[] {
  const row = [...wanted].sort((a, b) => a.x - b.x).map((w) => ({ ...w }));
  let edge = 0;
  for (const panel of row) {
    panel.x = Math.max(panel.x, edge + panel.width_px / 2);
    edge = panel.x + panel.width_px / 2 + gap_px;
  }
  edge = width_px;
  for (const panel of row.reverse()) {
    panel.x = Math.min(panel.x, edge - panel.width_px / 2);
    edge = panel.x - panel.width_px / 2 - gap_px;
  }
  return row.reverse();
}

/** Whole dots where they fit, else halves and quarters of them: others would make uneven letters. */
const FACTORS = [4, 3, 2, 1, 0.75, 0.5, 0.4, 0.25];

/** The size a sign is drawn in: its own proportions, the large ones smaller. */
export function sizeOf(
  matrix: { width_px: number; height_px: number },
  most_px: number,
  most_high_px = 64,
): [number, number] {
  const fits = (f: number) => matrix.width_px * f <= most_px && matrix.height_px * f <= most_high_px;
  const factor = FACTORS.find(fits) ?? most_px / matrix.width_px;
  return [Math.round(matrix.width_px * factor), Math.round(matrix.height_px * factor)];
}
