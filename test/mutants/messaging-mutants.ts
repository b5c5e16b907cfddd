import type { Mutant } from './mutant';

const LIBRARY = 'libs/events/src';
const SEQUENCER = `${LIBRARY}/event-sequencer.repository.ts`;
const RELAY = `${LIBRARY}/relay/event-relay.ts`;
const CONSUMER = `${LIBRARY}/commands/command-consumer.ts`;
const STREAM = 'apps/inventory/src/events/event-stream.ts';
const STREAMS = 'apps/inventory/src/events/event-streams.service.ts';
const THRESHOLDS = 'apps/inventory/src/database/migrations/1764700000000-stock-thresholds.ts';

const ofRelay = { project: 'db', tests: 'relay-cursor.db' } as const;
const ofSwitchedOnRelay = { project: 'db', tests: 'relay-switched-on.db' } as const;
const ofCommands = { project: 'db', tests: 'order-commands.db' } as const;
const ofStreams = { project: 'slow', tests: 'event-stream.slow' } as const;
const ofThresholds = { project: 'db', tests: 'threshold.db' } as const;
const ofWebhooks = { project: 'slow', tests: 'test/db/webhooks.slow' } as const;

/** Guards of what is delivered to Kafka, by StreamEvents and to webhooks, of commands, and of thresholds. */
export const MESSAGING_MUTANTS: readonly Mutant[] = [
  {
    what: 'kafka relay: the cursor moves before the ack',
    file: RELAY,
    edits: [
      [
        '    await this.publish(page, held);\n    if (!(await this.advance(held.lease, page.end))) return false;',
        '    if (!(await this.advance(held.lease, page.end))) return false;\n    await this.publish(page, held);',
      ],
    ],
    ...ofRelay,
  },
  {
    what: 'kafka relay: a holder goes on after another instance has taken over',
    file: RELAY,
    edits: [
      [
        '    if (!renewed) {\n      this.forget();\n      return false;\n    }',
        '    if (!renewed) return true;',
      ],
    ],
    ...ofRelay,
  },
  {
    what: 'kafka relay: deleted events are skipped in silence',
    file: RELAY,
    edits: [['} else if (former < prunedPosition) {', '} else if (former < 0) {']],
    ...ofSwitchedOnRelay,
  },
  {
    what: 'kafka relay: a cursor that was deleted is not created again',
    file: RELAY,
    edits: [['this.isPrepared = await this.ports.cursors.exists(cursor);', '']],
    ...ofSwitchedOnRelay,
  },
  {
    what: 'kafka relay: events are not kept while the broker is unavailable',
    file: RELAY,
    edits: [
      [
        '    await this.openCursor();\n    await this.ports.topics.ensure([this.options.topic]);',
        '    await this.ports.topics.ensure([this.options.topic]);\n    await this.openCursor();',
      ],
    ],
    ...ofSwitchedOnRelay,
  },
  {
    what: 'event log: a sink that is switched off keeps events for ever',
    file: SEQUENCER,
    edits: [['where not $2::boolean', 'where not ($2::boolean and false)']],
    project: 'db',
    tests: 'event-log.db',
  },
  {
    what: 'event log: a service that has just started deletes events of its sinks',
    file: `${LIBRARY}/event-sequencer.service.ts`,
    edits: [['performance.now() - this.startedAtMs >= SINKS_STARTED_MS', 'true']],
    project: 'db',
    tests: 'event-log.db',
  },
  {
    what: 'event log: the cursor of a sink in use is deleted',
    file: `${LIBRARY}/event-cursor.repository.ts`,
    edits: [
      ["and updated_at < clock_timestamp() - $2 * interval '1 millisecond'", 'and $2::float8 > 0'],
    ],
    project: 'db',
    tests: 'event-log.db',
  },
  {
    what: 'commands: the offset moves before the effect',
    file: CONSUMER,
    edits: [
      [
        'const isDone = await this.carryOut(partition, message);',
        'await partition.commit(message.offset + 1n);\n      const isDone = await this.carryOut(partition, message);',
      ],
    ],
    ...ofCommands,
  },
  {
    what: 'commands: a command is skipped if its dead letter cannot be written',
    file: CONSUMER,
    edits: [
      [
        '        this.recordStopped(nameOf(partition), `cannot ${what}: ${reason}`);',
        '        if (reason !== what) return true;\n        this.recordStopped(nameOf(partition), `cannot ${what}: ${reason}`);',
      ],
    ],
    ...ofCommands,
  },
  {
    what: 'stream of events: the events that a filter leaves out are not passed',
    file: STREAM,
    edits: [['if (sent?.position !== end.position) await this.write(end);', '']],
    ...ofStreams,
  },
  {
    what: 'stream of events: a client that does not read is sent everything',
    file: STREAM,
    edits: [
      [
        'while (this.client.isFull() && !this.isEnded()) {',
        'while (this.client.isFull() && this.isEnded()) {',
      ],
    ],
    ...ofStreams,
  },
  {
    what: 'stream of events: a position that cannot be continued begins a stream',
    file: STREAMS,
    edits: [['    await this.events.readAfter(position, 1);\n', '']],
    ...ofStreams,
  },
  {
    what: 'stream of events: any number of them are open',
    file: STREAMS,
    edits: [['if (this.clients.size >= maxStreams) throw tooManyStreams(maxStreams);', '']],
    ...ofStreams,
  },
  {
    what: 'stock thresholds: stock between the limits is replenished',
    file: THRESHOLDS,
    edits: [
      ['t.is_low then m.available >= t.replenished_at', 't.is_low then m.available > t.low_at'],
    ],
    ...ofThresholds,
  },
  {
    what: 'stock thresholds: stock between the limits is low when the threshold is changed',
    file: 'apps/inventory/src/threshold/threshold.ts',
    edits: [['return available < replenishedAt && wasLow;', 'return available < replenishedAt;']],
    project: 'unit',
    tests: 'threshold.spec',
  },
  {
    what: 'stock thresholds: another movement of the statement than the last one decides',
    file: THRESHOLDS,
    edits: [['from added order by sku, seq desc) m', 'from added order by sku, seq) m']],
    ...ofThresholds,
  },
  {
    what: 'webhooks: one is disabled without its event',
    file: 'apps/orders/src/webhooks/webhook.repository.ts',
    edits: [["|| '/' || at] from disabled`", "|| '/' || at] from disabled where false`"]],
    ...ofWebhooks,
  },
];
