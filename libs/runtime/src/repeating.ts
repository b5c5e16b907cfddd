import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { ServiceError } from '@app/errors';

export interface RepeatingOptions {
  /** What is done, for the log: "settle orders". */
  readonly what: string;
  /** How long to pause when there is nothing more to do for now. */
  readonly everyMs: number;
}

/**
 * Does something over and over until it is stopped. What fails is tried again after the pause: a
 * worker that ends at the first trouble would be missed only when it is too late.
 */
export class Repeating {
  private readonly logger = new Logger(Repeating.name);
  private readonly stopped = new AbortController();
  private done: Promise<void> = Promise.resolve();

  /** `work` says whether to go on at once, without the pause. */
  constructor(
    private readonly work: () => Promise<boolean>,
    private readonly options: RepeatingOptions,
  ) {}

  start(): void {
    this.done = this.run();
  }

  /** Resolves when what is being done is finished; nothing is begun any more. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.done;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      const more = await this.tryOnce();
      if (!more) await sleep(this.options.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async tryOnce(): Promise<boolean> {
    try {
      return await this.work();
    } catch (error) {
      const isForeseen = error instanceof ServiceError && error.reason !== 'INTERNAL';
      const say = `Cannot ${this.options.what} for now; still trying`;
      if (isForeseen) this.logger.debug({ err: error }, say);
      else this.logger.error({ err: error }, say);
      return false;
    }
  }
}
