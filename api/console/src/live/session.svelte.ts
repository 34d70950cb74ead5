// Who is logged in. The token is exchanged for a cookie the page itself cannot read.
import { call, LOGGED_OUT } from "../api/client";

const NAME = "onekey.actor";
/** What a token may do, least first; the controller checks it again on every call. */
export const ROLES = ["view", "operate", "manage", "configure"] as const;
export type Role = (typeof ROLES)[number];

class LoggedIn {
  actor: string | null = $state(null);
  role: Role | null = $state(null);
  /** Asked the controller already. */
  asked = $state(false);
  /** The person wants only to look. */
  watching = $state(false);

  readonly needed = $derived(this.asked && this.actor === null && !this.watching);

  constructor() {
    addEventListener(LOGGED_OUT, () => (this.actor = this.role = null));
  }

  /** Whether the logged-in person may do what needs this role. */
  may(needed: Role): boolean {
    return this.role !== null && ROLES.indexOf(this.role) >= ROLES.indexOf(needed);
  }

  async ask(): Promise<void> {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    if (token) {
      history.replaceState(null, "", location.pathname + location.search);
      try {
        await this.logIn(token, this.lastName || "dispatcher");
      } catch {
        // an old link: the form asks
      }
    }
    try {
      const session = await call("GET /api/v1/session");
      this.actor = session.actor;
      this.role = session.role;
    } finally {
      this.asked = true;
    }
  }

  async logIn(token: string, actor: string): Promise<void> {
    const session = await call("POST /api/v1/session", { body: { token, actor } });
    localStorage.setItem(NAME, actor);
    this.actor = session.actor;
    this.role = session.role;
    this.watching = false;
  }

  async logOut(): Promise<void> {
    await call("DELETE /api/v1/session");
    this.actor = this.role = null;
  }

  get lastName(): string {
    return localStorage.getItem(NAME) ?? "";
  }
}

export const session = new LoggedIn();
