import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { ServiceError } from '@app/errors';

export interface PollerOptions {
  /** The work, as a verb phrase for the log: "reconcile orders". */
  readonly what: string;
  /** Pause after a run that found nothing more to do. */
  readonly intervalMs: number;
}

/**
 * Runs its work repeatedly until it is stopped. A failed run is retried after the interval: a
 * worker that stopped at its first failure would go unnoticed.
 */
export class Poller {
  private readonly logger = new Logger(Poller.name);
  private readonly stopped = new AbortController();
  private done: Promise<void> = Promise.resolve();

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
    this.stopped.abort();
    await this.done;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      const more = await this.tryOnce();
      if (!more) await sleep(this.options.intervalMs, undefined, { signal }).catch(() => undefined);
    }
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
