// Which device's card is open beside the screen.
class Card {
  device: string | null = $state(null);
  #back: HTMLElement | null = null;

  open = (device: string): void => {
    if (this.device === null) this.#back = document.activeElement as HTMLElement | null;
    this.device = device;
  };

  close(): void {
    this.device = null;
    this.#back?.focus();
    this.#back = null;
  }
}

export const card = new Card();
