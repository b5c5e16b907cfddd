/** Lets one sleeper sleep until somebody rings. Rung while nobody sleeps, it is heard at once later. */
export class AsyncSignal {
  private isSet = false;
  private wake: (() => void) | undefined;

  readonly notify = (): void => {
    this.isSet = true;
    this.wake?.();
  };

  async wait(): Promise<void> {
    if (!this.isSet) await new Promise<void>((resolve) => (this.wake = resolve));
    this.wake = undefined;
    this.isSet = false;
  }
}
