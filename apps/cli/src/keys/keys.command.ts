import type { Command, OptionValues } from 'commander';
import { type ApiKey, ApiKeyRepository, type ApiKeySettings, auditText } from '@app/access';
import type { Database } from '@app/postgres';
import { recordAsOperator } from '../audit/operator';
import { CommandError } from '../command-line/command-error';
import { addCommand, type CommandTexts, paragraphs, setAction } from '../command-line/help';
import { print, printNote } from '../command-line/output';
import { withDatabase } from '../database/open-database';
import { type CreateOptions, keyRequestFrom } from './key-request';

const PAGE_SIZE = 100;

const DESCRIPTION = paragraphs(
  'Create, list and revoke the API keys of Orders. The commands need access to the database of Orders only, ' +
    'so the first key of an administrator is created with them.',
  'The database is the one that ORDERS_DATABASE_URL names in the environment; or, inside a checkout, that of ' +
    'the npm start or npm run db that runs there; or the one in .env.',
);

interface JsonOption {
  readonly json?: boolean;
}

type Run = (database: Database, options: OptionValues, args: readonly string[]) => Promise<void>;

/** Adds `keys create`, `keys list` and `keys revoke`. */
export function addKeyCommands(program: Command): void {
  const keys = addCommand(program, 'keys', {
    summary: 'create, list and revoke API keys of Orders',
    description: DESCRIPTION,
    examples: [['list', 'print all keys']],
  });
  addCreateCommand(keys);
  addDatabaseCommand(keys, 'list', (database, options) => list(database, options), {
    summary: 'print the API keys, without their secrets',
    description:
      'Print all API keys, the newest first: id, prefix, state, scopes, subject, last use, name.',
    examples: [['--json', 'print each key as a line of JSON']],
  }).option('--json', 'print each key as a line of JSON');
  addDatabaseCommand(keys, 'revoke', (database, options, args) => revoke(database, options, args), {
    summary: 'revoke an API key',
    description: 'Revoke an API key, for good. Every instance of Orders rejects it within 5 s.',
    examples: [['k7f2m3qa', 'revoke the key that begins with qb_k7f2m3qa']],
  })
    .argument('<key>', 'the id or the prefix of the key, as list shows them')
    .option('--json', 'print the key as JSON');
}

function addCreateCommand(keys: Command): void {
  const command = addCommand(keys, 'create', {
    summary: 'create an API key and print it once',
    description: paragraphs(
      'Create an API key and print it to stdout. It is printed only here: Orders keeps a hash of it. Everything ' +
        'else is printed to stderr.',
      'Scopes: customer (the orders of the user id that --subject names), staff (any order, fulfill, retry), ' +
        'events (the event log and webhooks), admin (everything).',
    ),
    examples: [
      [
        '--name "first administrator" --subject ada --scope admin',
        'create the first key of an administrator',
      ],
      [
        '--name "warehouse terminal 3" --subject warehouse --scope staff --expires 90d',
        'create a key that expires after 90 days',
      ],
    ],
  })
    .requiredOption('--name <text>', 'what the key is for, in words for people')
    .requiredOption('--subject <name>', 'who acts with it; a customer: the user id')
    .requiredOption('--scope <scopes...>', 'what it may do: customer, staff, events, admin')
    .option('--expires <when>', 'days such as 90d, or a time such as 2027-11-29T08:30:00Z')
    .option('--json', 'print the key with its settings as JSON');
  setAction(command, async (_args, options) => {
    const request = keyRequestFrom(options as CreateOptions, Date.now());
    await withDatabase('orders', (database) => create(database, request, options));
  });
}

function addDatabaseCommand(parent: Command, name: string, run: Run, texts: CommandTexts): Command {
  const command = addCommand(parent, name, texts);
  setAction(command, (args, options) =>
    withDatabase('orders', (database) => run(database, options, args)),
  );
  return command;
}

const repositoryOf = (database: Database): ApiKeyRepository =>
  new ApiKeyRepository(database, database);

async function create(
  database: Database,
  request: ApiKeySettings,
  { json = false }: JsonOption,
): Promise<void> {
  const { key, text } = await recordAsOperator(
    database,
    { action: 'createApiKey', target: null },
    () => repositoryOf(database).create(request),
    (created) => created.key.id,
  );
  if (json) print(JSON.stringify({ ...key, key: text }));
  else {
    printNote(`Created key ${key.id} (${key.scopes.join(', ')}). Store it: it is not shown again.`);
    print(text);
  }
}

async function list(database: Database, { json = false }: JsonOption): Promise<void> {
  const keys = repositoryOf(database);
  let before: string | undefined;
  do {
    const page = await keys.list({ limit: PAGE_SIZE, ...(before !== undefined && { before }) });
    for (const key of page) print(json ? JSON.stringify(key) : lineOf(key, Date.now()));
    before = page.length === PAGE_SIZE ? page.at(-1)?.id : undefined;
  } while (before !== undefined);
}

const stateOf = ({ revokedAt, expiresAt }: ApiKey, nowMs: number): string => {
  if (revokedAt) return `revoked ${revokedAt.toISOString()}`;
  if (!expiresAt) return 'valid';
  const isExpired = expiresAt.getTime() <= nowMs;
  return `${isExpired ? 'expired' : 'valid until'} ${expiresAt.toISOString()}`;
};

const lineOf = (key: ApiKey, nowMs: number): string => {
  const { id, prefix, scopes, subject, lastUsedAt, name } = key;
  const used = lastUsedAt ? `used ${lastUsedAt.toISOString()}` : 'never used';
  const texts = [subject, used, name].map(auditText);
  return [id, prefix, stateOf(key, nowMs), scopes.join(','), ...texts].join('\t');
};

async function revoke(
  database: Database,
  { json = false }: JsonOption,
  [name = '']: readonly string[],
): Promise<void> {
  const keys = repositoryOf(database);
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name);
  const found = isId ? await keys.find(name) : await keys.findByPrefix(name.replace(/^qb_/, ''));
  if (!found) throw new CommandError(`There is no API key with the id or prefix "${name}".`);
  const { id } = found;
  const change = { action: 'revokeApiKey', target: id };
  const revoked = await recordAsOperator(database, change, () => keys.revoke(id));
  if (json) print(JSON.stringify(revoked));
  else print(`Revoked key ${id} (${found.prefix}). Every instance rejects it within 5 s.`);
}
