import { Argument, type Command, type OptionValues } from 'commander';
import type { DeadLetter, Resolution } from '@app/events';
import { CommandError, UsageError } from '../command-line/command-error';
import { addCommand, type CommandTexts, paragraphs, setAction } from '../command-line/help';
import { print } from '../command-line/output';
import { type ServiceName, SERVICES } from '../instance/database-target';
import { createProgress } from '../stock/progress';
import { type DeadLetterQueue, withDeadLetters } from './dead-letter-queue';

const KEY_LENGTH = 40;

interface Filters {
  readonly reason?: string;
  readonly key?: string;
  readonly since?: string;
}

interface ResolveOptions extends Filters {
  readonly all?: boolean;
}

const DESCRIPTION = paragraphs(
  'Show the commands that a service could not carry out, send them again, or discard them.',
  'The brokers are those of ORDERS_KAFKA_BROKERS or INVENTORY_KAFKA_BROKERS in the environment or in .env.',
);

/** Adds `dlq list`, `dlq show`, `dlq replay` and `dlq discard`. */
export function addDeadLetterCommands(events: Command): void {
  const dlq = addCommand(events, 'dlq', {
    summary: 'show, replay and discard dead letters',
    description: DESCRIPTION,
    examples: [['list orders', 'print the dead letters of Orders']],
  });
  addFilters(
    addQueueCommand(dlq, 'list', (queue, options) => list(queue, options), {
      summary: 'print the dead letters',
      description: 'Print the dead letters: id, time, reason, key, and what was wrong.',
      examples: [['orders --reason MALFORMED', 'print those with this reason']],
    }),
  );
  addQueueCommand(dlq, 'show', (queue, _options, [id = '']) => show(queue, id), {
    summary: 'print one dead letter',
    description: 'Print one dead letter with its headers and its payload.',
    examples: [['orders orders.dlq.v1/0/17', 'print this one']],
  }).argument('<id>', 'the id of the dead letter, as list shows it');
  addResolveCommand(dlq, 'replay', 'replayed', 'send the commands to their topics again');
  addResolveCommand(dlq, 'discard', 'discarded', 'mark dead letters as done without sending them');
}

function addResolveCommand(
  dlq: Command,
  name: string,
  resolution: Resolution,
  summary: string,
): void {
  const command = addQueueCommand(
    dlq,
    name,
    (queue, options, ids) => resolve(queue, ids, options, resolution),
    {
      summary,
      description: paragraphs(
        `${summary[0]?.toUpperCase()}${summary.slice(1)}: those with the ids, those that match a filter, or all. The command asks nothing.`,
        'list no longer shows them. The topic keeps them, and what was done with them, until its retention ends.',
      ),
      examples: [['orders --reason UNKNOWN_VERSION', 'all with this reason']],
    },
  );
  addFilters(command.argument('[ids...]', 'ids of dead letters, as list shows them')).option(
    '--all',
    'all dead letters',
  );
}

function addQueueCommand(
  parent: Command,
  name: string,
  run: (queue: DeadLetterQueue, options: OptionValues, args: readonly string[]) => Promise<void>,
  texts: CommandTexts,
): Command {
  const command = addCommand(parent, name, texts);
  command.addArgument(new Argument('<service>', 'whose dead letters').choices(SERVICES));
  setAction(command, async ([service, ...args], options) => {
    await withDeadLetters(service as ServiceName, (queue) => run(queue, options, args));
  });
  return command;
}

function addFilters(command: Command): Command {
  return command
    .option('--reason <reason>', 'only those with this reason')
    .option('--key <key>', 'only those with this key')
    .option('--since <time>', 'only those since this time, such as 2026-11-29T08:30:00Z');
}

const matching = (
  letters: readonly DeadLetter[],
  { reason, key, since }: Filters,
): readonly DeadLetter[] => {
  const sinceMs = since === undefined ? -Infinity : Date.parse(since);
  if (Number.isNaN(sinceMs)) {
    throw new UsageError(
      `--since must be a time such as 2026-11-29T08:30:00Z, but it is "${since}".`,
    );
  }
  return letters.filter(
    (letter) =>
      (reason === undefined || letter.reason === reason) &&
      (key === undefined || letter.key?.toString() === key) &&
      letter.failedAt.getTime() >= sinceMs,
  );
};

async function list(queue: DeadLetterQueue, filters: Filters): Promise<void> {
  const letters = matching(await queue.read(), filters);
  if (letters.length === 0) print('There are no dead letters.');
  for (const { id, failedAt, reason, key, detail } of letters) {
    const shownKey = key?.toString().slice(0, KEY_LENGTH) ?? '-';
    print([id, failedAt.toISOString(), reason, shownKey, detail].join('\t'));
  }
}

async function show(queue: DeadLetterQueue, id: string): Promise<void> {
  const letter = (await queue.read()).find((each) => each.id === id);
  if (!letter) throw unknownIds([id]);
  const { original, headers, key, value, reason, detail, attempts, failedAt } = letter;
  const { topic, partition, offset, timestampMs } = original;
  print(`id        ${id}`);
  print(`reason    ${reason}: ${detail}`);
  print(`attempts  ${attempts}, given up ${failedAt.toISOString()}`);
  print(`original  ${topic}/${partition}/${offset}, ${new Date(timestampMs).toISOString()}`);
  print(`key       ${key?.toString() ?? '-'}`);
  for (const [name, text] of headers) print(`header    ${name}: ${text.toString()}`);
  print(value?.toString() ?? '(no payload)');
}

async function resolve(
  queue: DeadLetterQueue,
  ids: readonly string[],
  { all = false, ...filters }: ResolveOptions,
  resolution: Resolution,
): Promise<void> {
  if (ids.length === 0 && !all && Object.keys(filters).length === 0) {
    throw new UsageError('Name dead letters by their ids, by a filter, or with --all.');
  }
  const letters = matching(await queue.read(), filters);
  const unknown = ids.filter((id) => !letters.some((letter) => letter.id === id));
  if (unknown.length > 0) throw unknownIds(unknown);
  const chosen = ids.length === 0 ? letters : letters.filter(({ id }) => ids.includes(id));
  const progress = createProgress(chosen.length);
  try {
    for (const letter of chosen) {
      await queue.resolve(letter, resolution);
      progress.advance();
    }
  } finally {
    progress.stop();
  }
  print(`${chosen.length} dead letters ${resolution}.`);
}

const unknownIds = (ids: readonly string[]): CommandError =>
  new CommandError(`There is no dead letter ${ids.join(', ')}, or it is already done.`);
