/**
 * Wakes one waiting task. If nothing waits when it is notified, the next `wait` returns immediately.
 */
export class AsyncSignal {
  private isSet = false;
  private wake: (() => void) | undefined;

  readonly notify = (): void => {
    this.isSet = true;
    this.wake?.();
  };

  /** Resolves after the next notification, or immediately after one that came before. */
  async wait(): Promise<void> {
    if (!this.isSet) await new Promise<void>((resolve) => (this.wake = resolve));
    this.wake = undefined;
    this.isSet = false;
  }
}
