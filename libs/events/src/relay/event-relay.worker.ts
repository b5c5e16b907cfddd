import { Injectable } from '@nestjs/common';
import { PollingWorker } from '@app/runtime';
import type { LogPosition } from '../log-position';
import { EventRelay } from './event-relay';

/** How soon an event is published after it has its position. */
const POLL_INTERVAL_MS = 100;
/** How soon another instance takes over after a lease has ended. */
const STANDBY_INTERVAL_MS = 1_000;

/** Runs the relay of this instance. */
@Injectable()
export class EventRelayWorker extends PollingWorker {
  constructor(private readonly relay: EventRelay<LogPosition>) {
    super(() => relay.relayBatch(), {
      what: 'publish events',
      intervalMs: POLL_INTERVAL_MS,
      stopsEarly: true,
      rest: { isAtRest: () => relay.state === 'standby', intervalMs: STANDBY_INTERVAL_MS },
    });
  }

  /** Early, since the connections to the database close before the hooks of global modules for the shutdown. */
  override async beforeApplicationShutdown(): Promise<void> {
    await super.beforeApplicationShutdown();
    await this.relay.release();
  }
}
