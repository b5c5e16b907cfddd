import { Logger } from '@nestjs/common';
import { ServiceError } from '@app/errors';

export interface PollerOptions {
  /** The work, as a verb phrase for the log: "reconcile orders". */
  readonly what: string;
  /** Pause after a run that found nothing more to do. */
  readonly intervalMs: number;
  /** A longer pause while there is no work, which `wake` ends. */
  readonly rest?: { readonly isAtRest: () => boolean; readonly intervalMs: number };
}

/**
 * Runs its work repeatedly until it is stopped. A failed run is retried after the interval: a
 * worker that stopped at its first failure would go unnoticed.
 */
export class Poller {
  private readonly logger = new Logger(Poller.name);
  private isStopped = false;
  private done: Promise<void> = Promise.resolve();
  private endPause: () => void = () => undefined;

  /** `work` returns whether to run again at once, without the pause. */
  constructor(
    private readonly work: () => Promise<boolean>,
    private readonly options: PollerOptions,
  ) {}

  start(): void {
    this.done = this.run();
  }

  /** Starts no further run and resolves when the current one has finished. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.endPause();
    await this.done;
  }

  /** Ends the current pause: there is work. */
  wake(): void {
    this.endPause();
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      const more = await this.tryOnce();
      if (!more) await this.pause();
    }
  }

  private async pause(): Promise<void> {
    const { intervalMs, rest } = this.options;
    if (this.isStopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, rest?.isAtRest() ? rest.intervalMs : intervalMs);
      this.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async tryOnce(): Promise<boolean> {
    try {
      return await this.work();
    } catch (error) {
      const isExpected = error instanceof ServiceError && error.reason !== 'INTERNAL';
      const message = `Failed to ${this.options.what}; retrying in ${this.options.intervalMs} ms`;
      if (isExpected) this.logger.debug({ err: error }, message);
      else this.logger.error({ err: error }, message);
      return false;
    }
  }
}
