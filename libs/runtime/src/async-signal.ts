/**
 * Wakes one waiting task. If nothing waits when it is notified, the next `wait` returns immediately;
 * several notifications before it count as one.
 */
export class AsyncSignal {
  private isSet = false;
  private wake: (() => void) | undefined;

  readonly notify = (): void => {
    this.isSet = true;
    this.wake?.();
  };

  /**
   * Resolves with true after the next notification, or immediately after one that came before. With
   * `timeoutMs`, resolves with false if none came within this time; without it, waits without a limit.
   */
  async wait(timeoutMs?: number): Promise<boolean> {
    if (!this.isSet) await this.notificationOr(timeoutMs);
    const wasNotified = this.isSet;
    this.isSet = false;
    return wasNotified;
  }

  private async notificationOr(timeoutMs: number | undefined): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      if (timeoutMs !== undefined) timer = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(timer);
    this.wake = undefined;
  }
}
