import { CREATE_EVENT_LOG, DROP_EVENT_LOG, publishInserts, START_EVENT_LOG } from '@app/events';
import { withShortLock } from '@app/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The event log (ADR 18). Every statement that adds to a timeline writes the outbox by a trigger, so
 * instances of the version before publish events as well. Events that exist already are not in the log.
 */
export class EventLog1764800000000 implements MigrationInterface {
  name = 'EventLog1764800000000';
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await withShortLock(runner, ...CREATE_EVENT_LOG);
    await withShortLock(
      runner,
      ...publishInserts({
        table: 'order_event',
        ref: `'order/' || order_id || '/' || seq`,
        orderBy: 'order_id, seq',
      }),
      START_EVENT_LOG,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await withShortLock(
      runner,
      'drop trigger order_event_publish on order_event',
      'drop function order_event_publish',
      ...DROP_EVENT_LOG,
    );
  }
}
