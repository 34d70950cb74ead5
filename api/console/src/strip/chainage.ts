// Chainages of a carriageway by metres along it, as the site's table has them.
import type { Carriageway } from "../api/types";

/** What the post at `at_m` says, e.g. `YK1890+300`; at a joint, that of the piece that ends. */
export function nameAt(carriageway: Carriageway, at_m: number): string {
  const at = Math.max(0, Math.min(carriageway.length_m, Math.round(at_m)));
  const piece = carriageway.pieces.find((p) => at <= p.to_m)!;
  const metres = piece.metres + piece.sense * (at - piece.from_m);
  return `${piece.prefix}${Math.floor(metres / 1000)}+${String(metres % 1000).padStart(3, "0")}`;
}

export interface Post {
  at_m: number;
  text: string;
}

/** Posts at every multiple of `step_m` of the chainage between two points. */
export function posts(carriageway: Carriageway, from_m: number, to_m: number, step_m: number): Post[] {
  const found: Post[] = [];
  for (const piece of carriageway.pieces) {
    const start_m = Math.max(from_m, piece.from_m);
    const end_m = Math.min(to_m, piece.to_m);
    if (start_m > end_m) continue;
    const at = (m: number) => piece.metres + piece.sense * (m - piece.from_m);
    const low = Math.min(at(start_m), at(end_m));
    const high = Math.max(at(start_m), at(end_m));
    for (let metres = Math.ceil(low / step_m) * step_m; metres <= high; metres += step_m) {
      const at_m = piece.from_m + piece.sense * (metres - piece.metres);
      const rest = metres % 1000;
      const text = `${piece.prefix}${Math.floor(metres / 1000)}${rest ? `+${String(rest).padStart(3, "0")}` : ""}`;
      found.push({ at_m, text });
    }
  }
  return found;
}

/** Whether chainage falls with travel over most of the carriageway: it is then drawn from right to left. */
export function fallsWithTravel(carriageway: Carriageway): boolean {
  const metres = (sense: number) =>
    carriageway.pieces.filter((p) => p.sense === sense).reduce((sum, p) => sum + p.to_m - p.from_m, 0);
  return metres(-1) > metres(1);
}
