import { inventorySchema } from '../../apps/inventory/src/database/inventory.schema';
import { asRole } from '../../tools/launch-settings';
import { emptyDatabase, type TestDatabase } from '../harness/databases';
import { times } from '../harness/wait';
import {
  awaitBlockedTransaction,
  DENIED,
  dropAll,
  grantsOf,
  migrateFor,
  newName,
  queryAs,
  sortedPrivileges,
} from './roles';

describe('the creation of the role', () => {
  it('happens once when five instances start together on one database', async () => {
    const role = newName('app');
    const database = await emptyDatabase();
    const url = asRole(database.ownerUrl, role);
    const ran = await Promise.all(times(5, () => migrateFor(url, database)));
    expect(ran.flat()).toHaveLength(inventorySchema.migrations.length);
    expect(await grantsOf(database, role)).toEqual(sortedPrivileges(inventorySchema.privileges));
    expect(await queryAs(url, 'select from stock_level')).toEqual([]);
    await dropAll([database], role);
  });

  it('happens once when five databases of one server need it concurrently', async () => {
    const role = newName('app');
    const databases = await Promise.all(times(5, () => emptyDatabase()));
    const urls = databases.map(({ ownerUrl }) => asRole(ownerUrl, role));
    // The first session that inserts the role blocks the others until it commits.
    await Promise.all(databases.map((database, index) => migrateFor(urls[index] ?? '', database)));
    for (const url of urls) expect(await queryAs(url, 'select from stock_level')).toEqual([]);
    await dropAll(databases, role);
  });

  it('waits for a session that creates it, and leaves no password in the log of Postgres', async () => {
    const [role, password] = [newName('app'), newName('secret')];
    const database = await emptyDatabase();
    const url = Object.assign(new URL(asRole(database.ownerUrl, role)), { password }).href;
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query(`create role ${role} login password '${password}'`);
    const migrated = migrateFor(url, database);
    await awaitBlockedTransaction(database);
    await rival.query('commit');
    expect(await migrated).toHaveLength(inventorySchema.migrations.length);
    expect(await queryAs(url, 'select from stock_level')).toEqual([]);
    const search = `select pg_read_file('server.log') like '%${password}%' as found`;
    expect(await database.query(search)).toEqual([{ found: false }]);
    await dropAll([database], role);
  });

  it('leaves no password in the log of a Postgres that logs every statement', async () => {
    const [role, password] = [newName('app'), newName('secret')];
    const database = await emptyDatabase();
    const name = new URL(database.ownerUrl).pathname.slice(1);
    await database.query(`alter database ${name} set log_statement = 'all'`);
    const url = Object.assign(new URL(asRole(database.ownerUrl, role)), { password }).href;
    await migrateFor(url, database);
    expect(await queryAs(url, 'select from stock_level')).toEqual([]);
    const [row] = await database.query<{ log: string }>(`select pg_read_file('server.log') as log`);
    expect(row?.log).toContain(`create role "${role}"`);
    expect(row?.log).not.toContain(password);
    await dropAll([database], role);
  });

  it('accepts a name and a password with special characters', async () => {
    const role = `we"ird'; drop table reservation; --\\$$${newName('').slice(0, 16)}`;
    const database = await emptyDatabase();
    const url = Object.assign(new URL(database.ownerUrl), {
      username: encodeURIComponent(role).replaceAll("'", '%27'),
      password: encodeURIComponent(`it's "\\ $$; end; %`).replaceAll("'", '%27'),
    }).href;
    await migrateFor(url, database);
    expect(await queryAs(url, 'select current_user::text as name')).toEqual([{ name: role }]);
    await expect(queryAs(url, 'delete from stock_movement')).rejects.toMatchObject(DENIED);
    await dropAll([database], role);
  });

  it('does not change an existing role or its password', async () => {
    const role = newName('app');
    const database = await emptyDatabase();
    await database.query(`create role ${role} login password 'another' connection limit 7`);
    await migrateFor(asRole(database.ownerUrl, role), database);
    const limits = `select rolconnlimit as "limit" from pg_roles where rolname = '${role}'`;
    expect(await database.query(limits)).toEqual([{ limit: 7 }]);
    const url = Object.assign(new URL(asRole(database.ownerUrl, role)), { password: 'another' });
    expect(await queryAs(url.href, 'select from stock_level')).toEqual([]);
    await dropAll([database], role);
  });
});

describe('an owner that is not an administrator', () => {
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
    await database.query(`create role ${owner} login password '${new URL(ownerUrl).password}'`);
    await database.query(`alter database ${name} owner to ${owner}`);
    await database.query(`grant create on schema public to ${owner}`);
    // A table of another owner, as extensions create them. The owner cannot revoke anything there.
    await database.query('create table theirs ()');
  });

  afterEach(() => dropAll([database], role, owner));

  it('and cannot create roles gets an error with the missing role and the remedy', async () => {
    const message =
      `The database role "${role}" does not exist, and "${owner}" may not create it. Create it as an ` +
      `administrator (create role "${role}" login password '…'), ` +
      `or allow the owner to do so (alter role "${owner}" createrole).`;
    await expect(migrateFor(url, { ownerUrl })).rejects.toThrow(message);
    await database.query(`create role ${role} login password '${new URL(url).password}'`);
    await migrateFor(url, { ownerUrl });
    expect(await grantsOf(database, role)).toEqual(sortedPrivileges(inventorySchema.privileges));
  });

  it('keeps all privileges where it is the role of the app as well', async () => {
    await migrateFor(ownerUrl, { ownerUrl });
    const granted = `select relname from pg_class
      where relnamespace = 'public'::regnamespace and relacl is not null`;
    expect(await database.query(granted)).toEqual([]);
    await queryAs(ownerUrl, 'delete from reservation_line');
    await expect(queryAs(ownerUrl, 'delete from stock_movement')).rejects.toThrow(
      'only ever added to',
    );
  });

  it('with CREATEROLE creates the role', async () => {
    await database.query(`alter role ${owner} createrole`);
    await migrateFor(url, { ownerUrl });
    expect(await queryAs(url, 'select from stock_level')).toEqual([]);
    await expect(queryAs(url, 'delete from stock_movement')).rejects.toMatchObject(DENIED);
  });
});
