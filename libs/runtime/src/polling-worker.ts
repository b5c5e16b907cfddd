import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
  OnApplicationShutdown,
} from '@nestjs/common';
import { Poller, type PollerOptions } from './poller';

export interface PollingWorkerOptions extends PollerOptions {
  /** Runs the work once before the service accepts requests. If it fails, the service does not start. */
  readonly runsBeforeStart?: true;
  /**
   * Stops in Nest's `beforeApplicationShutdown`. The default is `onApplicationShutdown`, after the HTTP
   * server has finished its last requests.
   */
  readonly stopsEarly?: true;
}

/** Base class of the background workers: a Poller from the start of the service to its shutdown. */
export abstract class PollingWorker
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  private readonly poller: Poller;

  /** `work` returns whether to run again at once, without the pause. */
  protected constructor(
    private readonly work: () => Promise<boolean>,
    private readonly options: PollingWorkerOptions,
  ) {
    this.poller = new Poller(work, options);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.options.runsBeforeStart) await this.work();
    this.poller.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (this.options.stopsEarly) await this.poller.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.poller.stop();
  }

  /** Ends the current pause: there is work. */
  protected wake(): void {
    this.poller.wake();
  }
}
