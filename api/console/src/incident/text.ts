// An incident's place and lanes as people say them.
import type { Incident, Site } from "../api/types";
import type { Code } from "../words/language.svelte";

type Where = Pick<Incident, "carriageway" | "tunnel" | "place" | "lanes">;

export function placeText(site: Site, where: Where, code: Code): string {
  const carriageway = site.carriageways.find((c) => c.id === where.carriageway);
  const tunnel = site.tunnels.find((one) => one.id === where.tunnel);
  const { place } = where;
  const posts = place && (place.from === place.to ? place.from : `${place.from}–${place.to}`);
  return [carriageway?.direction[code] ?? where.carriageway, tunnel?.name[code], posts]
    .filter(Boolean)
    .join(" · ");
}

export function lanesText(site: Site, where: Where, code: Code): string {
  const lanes = site.carriageways.find((c) => c.id === where.carriageway)?.lanes ?? [];
  return Object.entries(where.lanes)
    .map(([number, impact]) => {
      const name = lanes.find((lane) => String(lane.number) === number)?.[code] ?? number;
      return impact === "blocked" ? `✕ ${name}` : `! ${name}`;
    })
    .join(" ");
}
