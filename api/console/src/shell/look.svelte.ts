// Dark for the night, light for the day; remembered by this browser.
const KEPT = "onekey.look";

class Look {
  dark = $state(localStorage.getItem(KEPT) !== "light");

  constructor() {
    this.#show();
  }

  turn(): void {
    this.dark = !this.dark;
    localStorage.setItem(KEPT, this.dark ? "dark" : "light");
    this.#show();
  }

  #show(): void {
    document.documentElement.dataset["look"] = this.dark ? "dark" : "light";
  }
}

export const look = new Look();
