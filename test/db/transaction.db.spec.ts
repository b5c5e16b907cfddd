import { DataSource } from 'typeorm';
import { Database, dataSourceOptions } from '@app/postgres';
import { emptyDatabase, type TestDatabase } from '../support/databases';

let there: TestDatabase;
let source: DataSource;
let database: Database;

beforeAll(async () => {
  there = await emptyDatabase();
  await there.query('create table thing (name text)');
  const settings = { url: there.url, applicationName: 'test', poolSize: 1, timeoutMs: 10_000 };
  const schema = { entities: [], migrations: [] };
  source = new DataSource(dataSourceOptions(settings, schema, () => undefined));
  await source.initialize();
  database = new Database(source);
});

afterAll(async () => {
  await source.destroy();
  await there.drop();
});

/** The connection goes on, but the transaction has not begun. */
const failsToBegin = (): void => {
  const runner = source.createQueryRunner();
  const query = runner.query.bind(runner);
  jest.spyOn(source, 'createQueryRunner').mockReturnValueOnce(runner);
  jest.spyOn(runner, 'query').mockImplementation((...statement: Parameters<typeof query>) => {
    return statement[0] === 'start transaction' ? query('start nothing') : query(...statement);
  });
};

const things = () => there.query('select name from thing');

const write = () =>
  database.transaction(async (tx) => {
    await tx.query('select from thing for update');
    await tx.query(`insert into thing values ('a')`);
    await tx.query(`insert into thing values ('b')`);
  });

it('a transaction that did not begin writes nothing, and says so', async () => {
  failsToBegin();
  await expect(write()).rejects.toMatchObject({ reason: 'INTERNAL' });
  expect(await things()).toEqual([]);
});

it('one that did writes all of it', async () => {
  await write();
  expect(await things()).toEqual([{ name: 'a' }, { name: 'b' }]);
});
