// Pictures of messages on signs, asked for once each: they never change.
import { call } from "../api/client";
import type { Picture } from "../api/types";

export interface Drawn {
  width_px: number;
  height_px: number;
  palette: number[][];
  refused: string | null;
  pages: { pixels: Uint8Array; on_ms: number; off_ms: number }[];
}

const MOST = 400;
const known = new Map<string, Promise<Drawn>>();

export function pictureOf(sign: string, multi: string): Promise<Drawn> {
  const key = `${sign} ${multi}`;
  let drawn = known.get(key);
  if (!drawn) {
    drawn = call("GET /api/v1/devices/{device_id}/picture", {
      path: { device_id: sign },
      query: { multi },
    }).then(decoded);
    drawn.catch(() => known.delete(key));
    if (known.size >= MOST) known.delete(known.keys().next().value!);
    known.set(key, drawn);
  }
  return drawn;
}

function decoded(picture: Picture): Drawn {
  return {
    ...picture,
    pages: picture.pages.map((page) => ({
      ...page,
      pixels: Uint8Array.from(atob(page.pixels), (c) => c.charCodeAt(0)),
    })),
  };
}
