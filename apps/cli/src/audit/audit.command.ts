import type { Command } from 'commander';
import { type AuditEntry, type AuditQuery, AuditRepository } from '@app/access';
import { UsageError } from '../command-line/command-error';
import { addCommand, paragraphs, setAction } from '../command-line/help';
import { print } from '../command-line/output';
import { withDatabase } from '../database/open-database';

const PAGE_SIZE = 500;
const DEFAULT_LIMIT = '50';
const MAX_LIMIT = 1_000_000;

interface ListOptions {
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
  readonly since?: string;
  readonly limit: string;
  readonly json?: boolean;
}

/** Adds `audit list`. */
export function addAuditCommands(program: Command): void {
  const audit = addCommand(program, 'audit', {
    summary: 'read the audit trail of Orders',
    description: paragraphs(
      'Read the changes that staff, administrators and operators have made.',
      'The database is the one that ORDERS_DATABASE_URL names in the environment; or, inside a checkout, that ' +
        'of the npm start or npm run db that runs there; or the one in .env.',
    ),
    examples: [['list --actor warehouse', 'print what warehouse did']],
  });
  const list = addCommand(audit, 'list', {
    summary: 'print entries, the latest first',
    description:
      'Print entries, the latest first: position, time, actor and its kind, action, target, outcome, client, ' +
      'request id. An outcome that is "unknown" was not recorded, or the call is still running.',
    examples: [
      ['--target 01a205e9-7f9d-7672-84c8-648a6e3200e2', 'print who changed an order'],
      ['--since 2026-11-29T08:30:00Z --json', 'print what happened since then as lines of JSON'],
    ],
  })
    .option('--actor <name>', 'only entries of this subject')
    .option('--action <name>', 'only entries of this operation, such as fulfillOrder')
    .option('--target <id>', 'only entries about this order, API key or webhook')
    .option('--since <time>', 'only entries of this time or later, such as 2026-11-29T08:30:00Z')
    .option('--limit <number>', 'maximum number of entries', DEFAULT_LIMIT)
    .option('--json', 'print each entry as a line of JSON');
  setAction(list, (_args, options) => printEntries(options as ListOptions));
}

async function printEntries({ json = false, ...options }: ListOptions): Promise<void> {
  const { actor, action, target } = options;
  const [since, limit] = [sinceFrom(options.since), limitFrom(options.limit)];
  await withDatabase('orders', async (database) => {
    const entries = new AuditRepository(database, database);
    for await (const entry of pagesOf(entries, { actor, action, target, since, limit })) {
      print(json ? JSON.stringify(entry) : lineOf(entry));
    }
  });
}

async function* pagesOf(
  entries: AuditRepository,
  { limit, ...filter }: AuditQuery,
): AsyncGenerator<AuditEntry> {
  let before: number | undefined;
  for (let left = limit; left > 0; left -= PAGE_SIZE) {
    const size = Math.min(left, PAGE_SIZE);
    const page = await entries.list({ ...filter, before, limit: size });
    yield* page;
    if (page.length < size) return;
    before = page.at(-1)?.position;
  }
}

const lineOf = (entry: AuditEntry): string => {
  const { position, at, actor, actorKind, action, target, outcome, client, requestId } = entry;
  const fields = [position, at.toISOString(), `${actor} (${actorKind})`, action, target ?? '-'];
  return [...fields, outcome ?? 'unknown', client ?? '-', requestId ?? '-'].join('\t');
};

function sinceFrom(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const since = new Date(text);
  if (!Number.isNaN(since.getTime())) return since;
  throw new UsageError(`--since must be a time such as 2026-11-29T08:30:00Z, but it is "${text}".`);
}

function limitFrom(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new UsageError(
    `--limit must be a whole number from 1 to ${MAX_LIMIT}, but it is "${text}".`,
  );
}
