import type { Mutant } from './mutant';

const LIBRARY = 'libs/events/src';
const inDatabase = { project: 'db', tests: 'event-log.db' } as const;

/** Guards of the event log, of the streams that follow it, and of the ids of requests. */
export const EVENT_MUTANTS: readonly Mutant[] = [
  {
    what: 'event log: two processes assign positions at a time',
    file: `${LIBRARY}/event-sequencer.repository.ts`,
    edits: [["if (locked.length === 0) return 'locked';", '']],
    ...inDatabase,
  },
  {
    what: 'event log: events are sequenced in any order',
    file: `${LIBRARY}/event-sequencer.repository.ts`,
    edits: [
      [
        'sum(cardinality(refs)) over (order by id)',
        'sum(cardinality(refs)) over (order by id desc)',
      ],
    ],
    ...inDatabase,
  },
  {
    what: 'event log: what a cursor has not passed is deleted',
    file: `${LIBRARY}/event-sequencer.repository.ts`,
    edits: [
      [
        'and o.last_position <= (\n             select coalesce(min(position), o.last_position) from event_cursor',
        'and o.last_position <= (\n             select o.last_position from event_cursor',
      ],
    ],
    ...inDatabase,
  },
  {
    what: 'event log: the position of another history is accepted',
    file: `${LIBRARY}/event-log.repository.ts`,
    edits: [
      ['if (positionTime?.getTime() !== after.sequencedAtMs) throw logHistoryChanged();', ''],
    ],
    ...inDatabase,
  },
  {
    what: 'event log: an expired position is accepted',
    file: `${LIBRARY}/event-log.repository.ts`,
    edits: [['if (after.position < prunedPosition) throw positionExpired(prunedPosition);', '']],
    ...inDatabase,
  },
  {
    what: 'event log: an earlier holder moves a cursor',
    file: `${LIBRARY}/event-cursor.repository.ts`,
    edits: [
      [
        'set position = $3::bigint, leased_until = ${LEASED_UNTIL}, updated_at = clock_timestamp()\n   where name = $1 and epoch = $2::bigint',
        'set position = $3::bigint, leased_until = ${LEASED_UNTIL}, updated_at = clock_timestamp()\n   where name = $1 and $2::bigint > 0',
      ],
    ],
    ...inDatabase,
  },
  {
    what: 'event log: recent events have an answer for a position before their first',
    file: `${LIBRARY}/event-feed.ts`,
    edits: [['if (this.start.position > after.position) return undefined;', '']],
    project: 'unit',
    tests: 'event-feed.spec',
  },
  {
    what: 'event log: a follower that wants none of the events has no heartbeat',
    file: `${LIBRARY}/event-feed.ts`,
    edits: [
      [
        'if (events.length > 0 || leftMs <= 0) {',
        'if (events.length > 0 || (leftMs <= 0 && isAtEnd)) {',
      ],
    ],
    project: 'unit',
    tests: 'event-feed.spec',
    hangs: true,
  },
  {
    what: 'event log: bound: any number of followers that are behind read at the same time',
    file: `${LIBRARY}/read-turns.ts`,
    edits: [['if (this.running < this.maxReads)', 'if (this.running >= 0)']],
    project: 'unit',
    tests: 'event-feed.spec',
  },
  {
    what: 'event log: bound: a caller with many followers that are behind keeps the others waiting',
    file: `${LIBRARY}/read-turns.ts`,
    edits: [
      ['this.waiting.get(caller)', "this.waiting.get('')"],
      ['this.waiting.set(caller, [resolve])', "this.waiting.set('', [resolve])"],
    ],
    project: 'unit',
    tests: 'event-feed.spec',
  },
  {
    what: 'event log: a follower that was rejected waits for all clients again',
    file: `${LIBRARY}/event-feed.ts`,
    edits: [["follower.isDelayed = reason === 'OVERLOADED';", '']],
    project: 'unit',
    tests: 'event-feed.spec',
  },
  {
    what: 'access: owner: a customer without orders reads the whole log',
    file: 'apps/orders/src/events/events.service.ts',
    edits: [['hasEvents ? position : end', 'hasEvents || position ? position : end']],
    project: 'e2e',
    tests: 'authorization.spec',
  },
  {
    what: 'inventory events: a hold that was released at once has the event of a tombstone',
    file: 'apps/inventory/src/database/migrations/1764600000000-event-log.ts',
    edits: [
      ['where not exists (select from reservation_line l where l.reservation_id = new.id);', ';'],
    ],
    project: 'slow',
    tests: 'test/db/inventory-events.slow',
  },
  {
    what: 'inventory events: an instance that has lost the cursor stores events',
    file: 'apps/orders/src/inventory-events/stock-event.repository.ts',
    edits: [
      [
        'where id = 1 and epoch = $1::bigint\n    returning id),',
        'where id = 1 and $1::bigint > 0\n    returning id),',
      ],
    ],
    project: 'slow',
    tests: 'inventory-follower.slow',
  },
  {
    what: 'stock events: the token of other SKUs is accepted',
    file: 'apps/orders/src/stock-events/stock-positions.ts',
    edits: [['toStockToken(skus, positions) === token ?', 'token.length > 0 ?']],
    project: 'unit',
    tests: 'stock-positions.spec',
  },
  {
    what: 'request ids: a flush runs in the context of one of its requests',
    file: 'libs/batching/src/group-commit.ts',
    edits: [['this.context.runInAsyncScope(() => this.flushQueue())', 'this.flushQueue()']],
    project: 'unit',
    tests: 'group-commit.spec',
  },
  {
    what: 'logs: credentials are logged',
    file: 'libs/runtime/src/logging.ts',
    edits: [["redact: { paths: CREDENTIALS, censor: '[redacted]' },", '']],
    project: 'unit',
    tests: 'runtime/src/logging',
  },
];
