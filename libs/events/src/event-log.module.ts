import { type DynamicModule, Module } from '@nestjs/common';
import { ReadLane } from '@app/postgres';
import { EventCursorRepository } from './event-cursor.repository';
import { EventLogRepository } from './event-log.repository';
import { EventSequencerRepository } from './event-sequencer.repository';
import { EVENT_RETENTION_MS, EventSequencer } from './event-sequencer.service';
import { EventPruneWorker, EventSequencerWorker } from './event-sequencer.worker';

/** The event log of one app. Provides `EventLogRepository` for callers, and the cursors. */
@Module({})
export class EventLogModule {
  /** `retentionMs`: how long events are kept that all cursors have passed. */
  static with({ retentionMs }: { readonly retentionMs: number }): DynamicModule {
    return {
      module: EventLogModule,
      global: true,
      providers: [
        { provide: EVENT_RETENTION_MS, useValue: retentionMs },
        {
          provide: EventLogRepository,
          inject: [ReadLane],
          useFactory: (reads: ReadLane) => new EventLogRepository(reads),
        },
        EventCursorRepository,
        EventSequencerRepository,
        EventSequencer,
        EventSequencerWorker,
        EventPruneWorker,
      ],
      exports: [EventLogRepository, EventCursorRepository, EventSequencer],
    };
  }
}
