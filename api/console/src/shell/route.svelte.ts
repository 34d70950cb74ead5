// Which view is shown: paths the server answers with the same page (api/routes/pages.py has the same words).
export type View =
  "dispatch" | "incidents" | "devices" | "alarms" | "audit" | "site" | "handover" | "scenarios" | "report";

const VIEWS: readonly string[] = [
  "incidents",
  "devices",
  "alarms",
  "audit",
  "site",
  "handover",
  "scenarios",
  "report",
];

class Route {
  #path = $state(location.pathname);

  readonly view: View = $derived.by(() => {
    const first = this.#path.split("/")[1] ?? "";
    return (VIEWS.includes(first) ? first : "dispatch") as View;
  });

  /** What follows the view's word, e.g. an incident's id. */
  readonly rest: string = $derived(decodeURIComponent(this.#path.split("/").slice(2).join("/")));

  constructor() {
    addEventListener("popstate", () => (this.#path = location.pathname));
  }

  go(path: string): void {
    if (path === this.#path) return;
    history.pushState(null, "", path);
    this.#path = path;
    scrollTo(0, 0);
  }
}

export const route = new Route();

/** Follow links of our own without loading the page again. */
export function follow(event: MouseEvent): void {
  const link = (event.target as Element).closest?.("a");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey)
    return;
  if (link.origin !== location.origin || link.target || link.hasAttribute("download")) return;
  if (link.pathname.startsWith("/api/")) return;
  event.preventDefault();
  route.go(link.pathname);
}
