import {
  BEGINNING,
  EventCursorRepository,
  EventLogRepository,
  type LogPosition,
} from '@app/events';
import { CommandError } from '../command-line/command-error';
import type { ServiceName } from '../instance/database-target';
import { withDatabase } from '../database/open-database';

/** The event log of one service, as commands reach it. */
export interface EventDatabase {
  readonly log: EventLogRepository;
  readonly cursors: EventCursorRepository;
}

/** Runs `work` on the event log of a service, as the role that the service works as. */
export const withEventDatabase = <Result>(
  service: ServiceName,
  work: (database: EventDatabase) => Promise<Result>,
): Promise<Result> =>
  withDatabase(service, (database) =>
    work({ log: new EventLogRepository(database), cursors: new EventCursorRepository(database) }),
  );

/**
 * Returns the position that an argument stands for: `oldest`, `now`, or the number of an event. Throws if
 * the log does not have it.
 */
export async function findPosition(log: EventLogRepository, from: string): Promise<LogPosition> {
  const { end, prunedPosition } = await log.readState();
  if (from === 'now') return end;
  const before = from === 'oldest' ? prunedPosition : Number(from) - 1;
  if (!Number.isSafeInteger(before) || before < 0) {
    throw new CommandError(
      `--from must be oldest, now or the number of an event, but it is "${from}".`,
    );
  }
  if (before < prunedPosition || before > end.position) {
    throw new CommandError(
      `The log has the events ${prunedPosition + 1} to ${end.position}, but not ${from}.`,
    );
  }
  return { ...BEGINNING, position: before };
}
