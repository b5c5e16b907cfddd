import { setTimeout as sleep } from 'node:timers/promises';
import { Argument, type Command, type OptionValues } from 'commander';
import type { CursorState, EventCursorRepository, LogEntry } from '@app/events';
import { CommandError } from '../command-line/command-error';
import { addCommand, type CommandTexts, paragraphs, setAction } from '../command-line/help';
import { print, printNote } from '../command-line/output';
import { listenForStop } from '../command-line/stop-signal';
import { type ServiceName, SERVICES } from '../instance/database-target';
import { addDeadLetterCommands } from './dead-letters.command';
import { type EventDatabase, findPosition, withEventDatabase } from './event-database';
import { printInventoryKafka } from './kafka-status';

const PAGE_SIZE = 500;
const POLL_INTERVAL_MS = 500;
const PROGRESS_INTERVAL_MS = 2_000;
/** A service that runs uses the cursor of each sink that is switched on several times in this time. */
const UNUSED_MS = 60_000;
/** Cursors of webhooks exist as long as their webhooks are enabled. */
const OF_WEBHOOK = 'webhook/';

const DESCRIPTION = paragraphs(
  'Read the event log of a service, and move the cursors of what it delivers events to.',
  'The database is the one that INVENTORY_DATABASE_URL or ORDERS_DATABASE_URL names in the ' +
    'environment; or, inside a checkout, that of the npm start or npm run db that runs there; ' +
    'or the one in .env.',
);

interface TailOptions {
  readonly from: string;
  readonly match?: string;
  readonly follow?: boolean;
}

interface ReplayOptions {
  readonly from: string;
  readonly wait?: boolean;
}

/** Adds `events tail`, `events lag`, `events replay`, `events forget` and `events dlq`. */
export function addEventCommands(program: Command): void {
  const events = addCommand(program, 'events', {
    summary: 'read the event log, show how far its readers are, replay events',
    description: DESCRIPTION,
    examples: [['lag orders', 'show how far each cursor is behind the end of the log']],
  });
  addServiceCommand(events, 'tail', (database, options) => tail(database, options as TailOptions), {
    summary: 'print events: position, time, and the row that each is about',
    description:
      'Print the events of the log, oldest first: position, time, and the row that each is about, such ' +
      'as order/01a2…/1. GET /v1/events has their contents.',
    examples: [
      ['orders --from oldest --match 01a205e9', 'print all events of an order'],
      ['orders --follow', 'print events as they are committed'],
    ],
  })
    .option('--from <position>', 'the first event: oldest, now or a number', 'oldest')
    .option('--match <text>', 'only events whose row has this text')
    .option('--follow', 'wait for further events, until Ctrl+C');
  addServiceCommand(events, 'lag', lag, {
    summary: 'show each cursor and how many events it is behind',
    description: paragraphs(
      'Show each cursor of the service and how many events it is behind the end of the log.',
      'For inventory also the partitions of commands that do not move on, of the instance that responds. For ' +
        'orders, GET /health/ready of an instance has them.',
    ),
    examples: [['orders', 'show the cursors of Orders']],
  });
  addServiceCommand(
    events,
    'replay',
    (database, options, args) => replay(database, options as ReplayOptions, args),
    {
      summary: 'move a cursor, so that events are delivered again',
      description:
        'Move a cursor to another position. Events behind it are delivered again, with the same ids. Works ' +
        'while the service runs: what holds the cursor starts again at the new position.',
      examples: [['orders kafka --from 120', 'deliver event 120 and all later ones again']],
    },
  )
    .argument('<cursor>', 'the name of the cursor, as lag shows it')
    .requiredOption('--from <position>', 'the first event to deliver: oldest, now or a number')
    .option('--wait', 'show the progress until the cursor has reached the present end');
  addServiceCommand(events, 'forget', (database, _options, args) => forget(database, args), {
    summary: 'delete the cursor of a sink that is switched off',
    description:
      'Delete the cursor of a sink that is switched off for good, so that events are no longer kept for it. ' +
      'Without this command they are kept for it until it has been off for the retention time. When the sink is ' +
      'switched on again, it begins as one that has never run.',
    examples: [['orders kafka', 'keep no more events for Kafka']],
  }).argument('<cursor>', 'the name of the cursor, as lag shows it');
  addDeadLetterCommands(events);
}

function addServiceCommand(
  parent: Command,
  name: string,
  run: (
    database: EventDatabase,
    options: OptionValues,
    args: readonly string[],
    service: ServiceName,
  ) => Promise<void>,
  texts: CommandTexts,
): Command {
  const command = addCommand(parent, name, texts);
  command.addArgument(new Argument('<service>', 'whose event log').choices(SERVICES));
  setAction(command, async ([name = '', ...args], options) => {
    const service = name as ServiceName;
    await withEventDatabase(service, (database) => run(database, options, args, service));
  });
  return command;
}

async function tail({ log }: EventDatabase, { from, match, follow }: TailOptions): Promise<void> {
  const { requested } = listenForStop();
  let position = await findPosition(log, from);
  while (!requested.aborted) {
    const entries = await log.readAfter(position, PAGE_SIZE);
    for (const entry of entries) {
      if (match === undefined || entry.ref.includes(match)) print(lineOf(entry));
    }
    position = entries.at(-1) ?? position;
    if (entries.length > 0) continue;
    if (!follow) return;
    await sleep(POLL_INTERVAL_MS, undefined, { signal: requested }).catch(() => undefined);
  }
}

const lineOf = ({ position, sequencedAtMs, ref }: LogEntry): string =>
  `${position}\t${new Date(sequencedAtMs).toISOString()}\t${ref}`;

async function lag(
  { log, cursors }: EventDatabase,
  _options: OptionValues,
  _args: readonly string[],
  service: ServiceName,
): Promise<void> {
  const { end, prunedPosition } = await log.readState();
  print(`The log has the events ${prunedPosition + 1} to ${end.position}.`);
  const all = await cursors.list();
  if (all.length === 0) print('There are no cursors: the service delivers events to nothing.');
  for (const cursor of all) print(cursorLine(cursor, end.position));
  if (service === 'inventory') await printInventoryKafka();
}

const cursorLine = (
  { name, position, leasedUntil, updatedAt }: CursorState,
  end: number,
): string => {
  const isHeld = leasedUntil !== null && leasedUntil.getTime() > Date.now();
  const holder = isHeld ? 'held' : 'not held by any process';
  return `${name}\tat ${position}\t${end - position} behind\t${holder}, last used ${updatedAt.toISOString()}`;
};

async function replay(
  { log, cursors }: EventDatabase,
  { from, wait = false }: ReplayOptions,
  [name = '']: readonly string[],
): Promise<void> {
  const { position } = await findPosition(log, from);
  const { end } = await log.readState();
  if (!(await cursors.move(name, position))) throw await unknownCursor(cursors, name);
  print(`${name} is at ${position}: ${end.position - position} events follow.`);
  const { requested } = listenForStop();
  while (wait && !requested.aborted) {
    const present = (await cursors.list()).find((cursor) => cursor.name === name);
    const left = end.position - (present?.position ?? end.position);
    if (left <= 0) break;
    printNote(`${left} events are left`);
    await sleep(PROGRESS_INTERVAL_MS, undefined, { signal: requested }).catch(() => undefined);
  }
}

async function forget({ cursors }: EventDatabase, [name = '']: readonly string[]): Promise<void> {
  if (name.startsWith(OF_WEBHOOK)) {
    throw new CommandError(`${name} belongs to a webhook. Disable or delete the webhook instead.`);
  }
  if (!(await cursors.exists(name))) throw await unknownCursor(cursors, name);
  if (!(await cursors.removeUnused(name, UNUSED_MS))) {
    throw new CommandError(
      `${name} is in use: a process has used it in the last minute. Switch the sink off at all instances first.`,
    );
  }
  print(`${name} is deleted. Events are no longer kept for it.`);
}

const unknownCursor = async (
  cursors: EventCursorRepository,
  name: string,
): Promise<CommandError> => {
  const names = (await cursors.list()).map((cursor) => cursor.name);
  const hint = names.length > 0 ? `There are ${names.join(', ')}.` : 'There are no cursors.';
  return new CommandError(`There is no cursor "${name}". ${hint}`);
};
