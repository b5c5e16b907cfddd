import { Inject, Injectable } from '@nestjs/common';
import { Database } from '@app/postgres';
import { PollingWorker } from '@app/runtime';
import { EVENT_RETENTION_MS, EventSequencer } from './event-sequencer.service';

/** Pause between two transactions under load: shorter ones cost more, longer ones delay events. */
const BUSY_INTERVAL_MS = 20;
/** How soon the events of an instance that has died get their positions. */
const REST_INTERVAL_MS = 1_000;
const PRUNE_INTERVAL_MS = 60_000;

/** Sequences events after each write of this process, and once a second those of processes that have died. */
@Injectable()
export class EventSequencerWorker extends PollingWorker {
  constructor(
    private readonly sequencer: EventSequencer,
    database: Database,
  ) {
    super(() => sequencer.sequence(), {
      what: 'sequence events',
      intervalMs: BUSY_INTERVAL_MS,
      rest: { isAtRest: () => sequencer.isAtRest, intervalMs: REST_INTERVAL_MS },
    });
    database.onWrite(() => this.recordWrite());
  }

  /** A busy worker runs again by itself; waking it for each write would end its pauses. */
  private recordWrite(): void {
    const { isAtRest } = this.sequencer;
    this.sequencer.recordWrite();
    if (isAtRest) this.wake();
  }
}

/** Deletes old events. */
@Injectable()
export class EventPruneWorker extends PollingWorker {
  constructor(sequencer: EventSequencer, @Inject(EVENT_RETENTION_MS) retentionMs: number) {
    super(() => sequencer.prune(retentionMs), {
      what: 'delete old events',
      intervalMs: PRUNE_INTERVAL_MS,
    });
  }
}
