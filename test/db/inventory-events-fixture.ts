import { Test, type TestingModule } from '@nestjs/testing';
import { BEGINNING, EventLogModule, EventLogRepository, type LogPosition } from '@app/events';
import { PostgresModule } from '@app/postgres';
import { inventorySchema } from '../../apps/inventory/src/database/inventory.schema';
import { InventoryEventsModule } from '../../apps/inventory/src/events/inventory-events.module';
import {
  InventoryEventsRepository,
  type LoggedEvent,
} from '../../apps/inventory/src/events/inventory-events.repository';
import type { TestDatabase } from '../harness/databases';
import { silentLogger } from '../harness/silent-logger';
import { eventually } from '../harness/wait';

const HOUR_MS = 3_600_000;
const PAGE_SIZE = 100;

/** Starts the part of Inventory that sequences events and reads them. The caller closes it. */
export const startInventoryEvents = async ({ url }: TestDatabase): Promise<TestingModule> => {
  const settings = { url, applicationName: 'test-events', poolSize: 4, timeoutMs: 5_000 };
  const instance = await Test.createTestingModule({
    imports: [
      PostgresModule.forApp({ ...settings, migrateOnStart: false }, inventorySchema),
      EventLogModule.with({ retentionMs: HOUR_MS }),
      InventoryEventsModule,
    ],
  })
    .setLogger(silentLogger)
    .compile();
  return instance.init();
};

/** Returns all events, when those that are committed have their positions. */
export const allEvents = async (
  instance: TestingModule,
  database: TestDatabase,
): Promise<LoggedEvent[]> => {
  await eventually('all events have positions', async () => {
    const waiting = await database.query('select from event_outbox limit 1');
    return waiting.length === 0;
  });
  const { end } = await instance.get(EventLogRepository).readState();
  const events: LoggedEvent[] = [];
  for (let position: LogPosition = BEGINNING; position.position < end.position;) {
    const page = await instance.get(InventoryEventsRepository).readAfter(position, PAGE_SIZE);
    events.push(...page.events);
    position = page.end;
  }
  return events;
};
