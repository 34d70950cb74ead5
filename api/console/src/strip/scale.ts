// From metres along a carriageway to pixels of the drawing and back; true to scale inside its window.
import type { Site } from "../api/types";

export interface Window {
  from_m: number;
  to_m: number;
}

export class Scale {
  constructor(
    readonly window: Window,
    readonly width_px: number,
    readonly mirrored: boolean,
  ) {}

  get px_per_m(): number {
    return this.width_px / Math.max(1, this.window.to_m - this.window.from_m);
  }

  x(at_m: number): number {
    const along = (at_m - this.window.from_m) * this.px_per_m;
    return this.mirrored ? this.width_px - along : along;
  }

  at_m(x: number): number {
    const along = this.mirrored ? this.width_px - x : x;
    return this.window.from_m + along / this.px_per_m;
  }

  holds(at_m: number): boolean {
    return at_m >= this.window.from_m && at_m <= this.window.to_m;
  }
}

const MARGIN_M = 460;

/** The stretch with gantries and bores: what a dispatcher works on; the same length for every carriageway. */
export function equippedWindow(site: Site, carriageway: string): Window {
  const spans = site.carriageways.map((c) => [c.id, span(site, c.id, c.length_m)] as const);
  const longest_m = Math.max(...spans.map(([, s]) => s.to_m - s.from_m));
  const own = spans.find(([id]) => id === carriageway)![1];
  const length_m = site.carriageways.find((c) => c.id === carriageway)!.length_m;
  const middle_m = (own.from_m + own.to_m) / 2;
  return within({ from_m: middle_m - longest_m / 2, to_m: middle_m + longest_m / 2 }, length_m);
}

function span(site: Site, carriageway: string, length_m: number): Window {
  const places = [
    ...site.gantries.filter((g) => g.carriageway === carriageway).map((g) => g.at_m),
    ...site.tunnels.flatMap((t) =>
      t.bores.filter((b) => b.carriageway === carriageway).flatMap((b) => [b.entry_m, b.exit_m]),
    ),
  ];
  if (!places.length) return { from_m: 0, to_m: length_m };
  return { from_m: Math.min(...places) - MARGIN_M, to_m: Math.max(...places) + MARGIN_M };
}

/** Keep a window on the carriageway. */
export function within(window: Window, length_m: number): Window {
  const long_m = Math.min(length_m, Math.max(400, window.to_m - window.from_m));
  const from_m = Math.max(0, Math.min(length_m - long_m, window.from_m));
  return { from_m, to_m: from_m + long_m };
}

/** Zoom by a factor around a point. */
export function zoomed(window: Window, factor: number, around_m: number, length_m: number): Window {
  const from_m = around_m - (around_m - window.from_m) * factor;
  return within({ from_m, to_m: from_m + (window.to_m - window.from_m) * factor }, length_m);
}
