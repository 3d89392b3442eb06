/** Does something at once when asked, and again after a pause when it was asked meanwhile: never more often, never too late. */
export class Pace {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsked = false;
  readonly #action: () => void;
  readonly #pause: number;

  constructor(action: () => void, pause: number) {
    this.#action = action;
    this.#pause = pause;
  }

  ask(): void {
    if (this.#timer !== undefined) {
      this.#isAsked = true;
      return;
    }
    this.#action();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (!this.#isAsked) return;
      this.#isAsked = false;
      this.ask();
    }, this.#pause);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isAsked = false;
  }
}
