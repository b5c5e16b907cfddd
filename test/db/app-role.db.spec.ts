import { randomUUID } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';
import { dataSourceOptions, migrate, type Privileges } from '@app/postgres';
import { inventorySchema } from '../../apps/inventory/src/database/inventory.schema';
import { asRole, INVENTORY_ROLE } from '../../tools/launch-settings';
import { cloneDatabase, emptyDatabase, type TestDatabase } from '../harness/databases';
import { eventually, times } from '../harness/wait';

const DENIED = { code: '42501' };
const MOVEMENT = `
  with level as (insert into stock_level values ('new', 1, 0, 1))
  insert into stock_movement values ('new', 1, 'ADJUSTED', 1, 0, 1, 0, null, 'test')`;

const as = async <Row>(url: string, sql: string): Promise<Row[]> => {
  const client = new Client(url);
  await client.connect();
  try {
    const { rows } = await client.query(sql);
    return rows as Row[];
  } finally {
    await client.end();
  }
};

/** What a service does before it works as the role of `url`. */
const migrateFor = (
  url: string,
  { ownerUrl }: Pick<TestDatabase, 'ownerUrl'>,
  privileges: Privileges = inventorySchema.privileges,
): Promise<string[]> => {
  const settings = { url: ownerUrl, applicationName: 'test', poolSize: 2, timeoutMs: 10_000 };
  return migrate(
    dataSourceOptions(settings, inventorySchema, () => undefined),
    { url, privileges },
  );
};

/** By table, what the role was granted. */
const grantsOf = async (database: TestDatabase, role: string): Promise<object> => {
  const rows = await database.query<{ table: string; privileges: string[] }>(
    `select table_name as table, array_agg(lower(privilege_type)::text order by 1) as privileges
       from information_schema.role_table_grants where grantee = $1 group by 1`,
    [role],
  );
  return Object.fromEntries(rows.map(({ table, privileges }) => [table, privileges.sort()]));
};

const sorted = (privileges: Privileges): object =>
  Object.fromEntries(
    Object.entries(privileges).map(([table, allowed]) => [table, [...allowed].sort()]),
  );

const newName = (prefix: string): string => `${prefix}_${randomUUID().replaceAll('-', '')}`;

/** Roles are the server's, so they outlive the database in which they were made. */
const dropAll = async (databases: readonly TestDatabase[], ...roles: string[]): Promise<void> => {
  await Promise.all(databases.map((database) => database.drop()));
  const server = process.env.TEST_POSTGRES_URL ?? '';
  for (const role of roles) await as(server, `drop role if exists ${escapeIdentifier(role)}`);
};

describe('the role that Inventory works as', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await cloneDatabase('inventory');
    await database.query(`insert into reservation (id, state) values ('r', 'RELEASED')`);
  });

  afterAll(() => database.drop());

  it('adds to the ledger, and reads it', async () => {
    await as(database.url, MOVEMENT);
    expect(await as(database.url, 'select sku from stock_movement')).toEqual([{ sku: 'new' }]);
  });

  it.each([
    'update stock_movement set reason = null',
    'delete from stock_movement',
    'truncate stock_movement',
    'alter table stock_movement disable trigger all',
    'alter table stock_movement add column extra text',
    'drop trigger stock_movement_append_only on stock_movement',
    'drop table stock_movement',
    'create or replace function stock_movement_refuse() returns trigger language sql as $$ $$',
  ])('may not: %s', async (sql) => {
    await expect(as(database.url, sql)).rejects.toMatchObject(DENIED);
  });

  it.each([
    'delete from stock_level',
    'delete from tombstone_horizon',
    'delete from reservation_line',
    'delete from migration',
    `create role ${INVENTORY_ROLE}_2`,
  ])('may not, since it has no need to: %s', async (sql) => {
    await expect(as(database.url, sql)).rejects.toMatchObject(DENIED);
  });

  it('may do exactly what the schema lists, with every table', async () => {
    const tables = await database.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public'`,
    );
    const listed = Object.keys(inventorySchema.privileges);
    const faults = [
      ...tables
        .filter(({ name }) => !listed.includes(name))
        .map(
          ({ name }) =>
            `${name} has no privileges: list in inventory.schema.ts what Inventory does with it, ` +
            'and nothing else.',
        ),
      ...listed
        .filter((table) => !tables.some(({ name }) => name === table))
        .map((table) => `There is no table ${table}: delete its line from inventory.schema.ts.`),
    ];
    expect(faults).toEqual([]);
    expect(await grantsOf(database, INVENTORY_ROLE)).toEqual(sorted(inventorySchema.privileges));
  });

  it('may do that whether or not others may', async () => {
    const other = await cloneDatabase('inventory');
    const name = new URL(other.ownerUrl).pathname.slice(1);
    await other.query(`revoke connect on database ${name} from public`);
    await other.query('revoke usage on schema public from public');
    await migrateFor(other.url, other);
    expect(await as(other.url, 'select from stock_movement')).toEqual([]);
    await other.drop();
  });

  it('may do no more after a migration than the list of that time says', async () => {
    const role = newName('app');
    const url = asRole(database.ownerUrl, role);
    await migrateFor(url, database, { stock_level: ['select', 'delete'], migration: ['select'] });
    await database.query(`grant update (reason) on stock_movement to ${role}`);
    await migrateFor(url, database, { stock_level: ['insert'] });
    expect(await grantsOf(database, role)).toEqual({ stock_level: ['insert'] });
    await expect(as(url, 'update stock_movement set reason = reason')).rejects.toMatchObject(
      DENIED,
    );
    await database.query(`drop owned by ${role}`);
    await dropAll([], role);
  });
});

describe('granting', () => {
  it('is left to the newer version, where one has migrated already', async () => {
    const database = await cloneDatabase('inventory');
    await database.query(`insert into migration (timestamp, name) values (1, 'OfALaterRelease1')`);
    await database.query(`grant delete on stock_level to ${INVENTORY_ROLE}`);
    await migrateFor(database.url, database);
    expect(await grantsOf(database, INVENTORY_ROLE)).toMatchObject({
      stock_level: expect.arrayContaining(['delete']) as string[],
    });
    await database.drop();
  });

  it('is done again when somebody else changed the same grants meanwhile', async () => {
    const database = await cloneDatabase('inventory');
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query(`grant delete on stock_level to ${INVENTORY_ROLE}`);
    const migrated = migrateFor(database.url, database);
    await awaitBlockedSession(database);
    await rival.query('commit');
    await migrated;
    expect(await grantsOf(database, INVENTORY_ROLE)).toEqual(sorted(inventorySchema.privileges));
    await database.drop();
  });
});

describe('the owner of the ledger', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await cloneDatabase('inventory');
  });

  afterAll(() => database.drop());

  it.each([
    ['UPDATE', 'update stock_movement set reason = null'],
    ['DELETE', 'delete from stock_movement'],
    ['TRUNCATE', 'truncate stock_movement'],
  ])('is kept from an %s by a trigger', async (operation, sql) => {
    await expect(database.query(sql)).rejects.toThrow(
      `The ledger (stock_movement) is only ever added to: ${operation} is refused.`,
    );
  });

  it('may add to it', async () => {
    await database.query(MOVEMENT);
    expect(await database.query('select sku from stock_movement')).toEqual([{ sku: 'new' }]);
  });
});

describe('making the role', () => {
  it('happens once when five instances start together on one database', async () => {
    const role = newName('app');
    const database = await emptyDatabase();
    const url = asRole(database.ownerUrl, role);
    const ran = await Promise.all(times(5, () => migrateFor(url, database)));
    expect(ran.flat()).toHaveLength(inventorySchema.migrations.length);
    expect(await grantsOf(database, role)).toEqual(sorted(inventorySchema.privileges));
    expect(await as(url, 'select from stock_level')).toEqual([]);
    await dropAll([database], role);
  });

  it('happens once when five databases of one server want it at the same moment', async () => {
    const role = newName('app');
    const databases = await Promise.all(times(5, () => emptyDatabase()));
    const urls = databases.map(({ ownerUrl }) => asRole(ownerUrl, role));
    // Whoever inserts the role first keeps the others waiting until it commits.
    await Promise.all(databases.map((database, index) => migrateFor(urls[index] ?? '', database)));
    for (const url of urls) expect(await as(url, 'select from stock_level')).toEqual([]);
    await dropAll(databases, role);
  });

  it("gives way to whoever is just making it, with nothing of that in Postgres's log", async () => {
    const [role, password] = [newName('app'), newName('secret')];
    const database = await emptyDatabase();
    const url = Object.assign(new URL(asRole(database.ownerUrl, role)), { password }).href;
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query(`create role ${role} login password '${password}'`);
    const migrated = migrateFor(url, database);
    await awaitBlockedSession(database);
    await rival.query('commit');
    expect(await migrated).toHaveLength(inventorySchema.migrations.length);
    expect(await as(url, 'select from stock_level')).toEqual([]);
    const told = `select pg_read_file('server.log') like '%${password}%' as told`;
    expect(await database.query(told)).toEqual([{ told: false }]);
    await dropAll([database], role);
  });

  it('takes a name and a password of any characters for what they are', async () => {
    const role = `we"ird'; drop table reservation; --\\$$${newName('').slice(0, 16)}`;
    const database = await emptyDatabase();
    const url = Object.assign(new URL(database.ownerUrl), {
      username: encodeURIComponent(role).replaceAll("'", '%27'),
      password: encodeURIComponent(`it's "\\ $$; end; %`).replaceAll("'", '%27'),
    }).href;
    await migrateFor(url, database);
    expect(await as(url, 'select current_user::text as name')).toEqual([{ name: role }]);
    await expect(as(url, 'delete from stock_movement')).rejects.toMatchObject(DENIED);
    await dropAll([database], role);
  });

  it('leaves one that exists as it is, password included', async () => {
    const role = newName('app');
    const database = await emptyDatabase();
    await database.query(`create role ${role} login password 'another' connection limit 7`);
    await migrateFor(asRole(database.ownerUrl, role), database);
    const limits = `select rolconnlimit as "limit" from pg_roles where rolname = '${role}'`;
    expect(await database.query(limits)).toEqual([{ limit: 7 }]);
    const url = Object.assign(new URL(asRole(database.ownerUrl, role)), { password: 'another' });
    expect(await as(url.href, 'select from stock_level')).toEqual([]);
    await dropAll([database], role);
  });
});

describe('an owner who is no administrator', () => {
  let database: TestDatabase;
  let owner: string;
  let role: string;
  let ownerUrl: string;
  let url: string;

  beforeEach(async () => {
    database = await emptyDatabase();
    [owner, role] = [newName('owner'), newName('app')];
    [ownerUrl, url] = [asRole(database.ownerUrl, owner), asRole(database.ownerUrl, role)];
    const name = new URL(ownerUrl).pathname.slice(1);
    await database.query(`create role ${owner} login password '${owner}'`);
    await database.query(`alter database ${name} owner to ${owner}`);
    await database.query(`grant create on schema public to ${owner}`);
    // Somebody else's table, as an extension makes them. The owner may not revoke anything there.
    await database.query('create table theirs ()');
  });

  afterEach(() => dropAll([database], role, owner));

  it('and may not make roles is told which one is missing, and what to do', async () => {
    const message =
      `The database role "${role}" does not exist, and "${owner}" may not create it. Create it as an ` +
      `administrator (create role "${role}" login password '…'), ` +
      `or allow the owner to do so (alter role "${owner}" createrole).`;
    await expect(migrateFor(url, { ownerUrl })).rejects.toThrow(message);
    await database.query(`create role ${role} login password '${role}'`);
    await migrateFor(url, { ownerUrl });
    expect(await grantsOf(database, role)).toEqual(sorted(inventorySchema.privileges));
  });

  it('keeps all its rights where it is the app as well, and no role is missing then', async () => {
    await migrateFor(ownerUrl, { ownerUrl });
    const granted = `select relname from pg_class
      where relnamespace = 'public'::regnamespace and relacl is not null`;
    expect(await database.query(granted)).toEqual([]);
    await as(ownerUrl, 'delete from reservation_line');
    await expect(as(ownerUrl, 'delete from stock_movement')).rejects.toThrow('only ever added to');
  });

  it('makes it with the right to make roles', async () => {
    await database.query(`alter role ${owner} createrole`);
    await migrateFor(url, { ownerUrl });
    expect(await as(url, 'select from stock_level')).toEqual([]);
    await expect(as(url, 'delete from stock_movement')).rejects.toMatchObject(DENIED);
  });
});

/** Waits until some session waits for another's transaction. */
const awaitBlockedSession = (database: TestDatabase) =>
  eventually('a session waits for a lock', async () => {
    const rows = await database.query(
      `select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'
          and wait_event = 'transactionid'`,
    );
    return rows.length > 0;
  });
