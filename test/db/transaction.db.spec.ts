import { DataSource } from 'typeorm';
import { Database, dataSourceOptions, poolOf } from '@app/postgres';
import { emptyDatabase, type TestDatabase } from '../harness/databases';

let server: TestDatabase;
let source: DataSource;
let database: Database;

beforeAll(async () => {
  server = await emptyDatabase();
  await server.query('create table thing (name text)');
  const settings = { url: server.url, applicationName: 'test', poolSize: 1, timeoutMs: 10_000 };
  const schema = { entities: [], migrations: [] };
  source = new DataSource(dataSourceOptions(settings, schema, () => undefined));
  await source.initialize();
  database = new Database(poolOf(source));
});

afterEach(() => jest.restoreAllMocks());

afterAll(async () => {
  await source.destroy();
  await server.drop();
});

/** The connection stays usable, but the next transaction on it does not begin. */
const givenBeginFails = async (): Promise<void> => {
  const client = await poolOf(source).pool.connect();
  const query = client.query.bind(client) as (config: { text: string }) => unknown;
  const breakBegin: unknown = (config: { text: string }) => {
    const text = config.text === 'start transaction' ? 'start nothing' : config.text;
    return query({ ...config, text });
  };
  jest.spyOn(client, 'query').mockImplementation(breakBegin as () => void);
  client.release();
};

const things = () => server.query('select name from thing');

const write = () =>
  database.transaction(async (tx) => {
    await tx.query('select from thing for update');
    await tx.query(`insert into thing values ('a')`);
    await tx.query(`insert into thing values ('b')`);
  });

it('writes nothing and rejects if the transaction fails to begin', async () => {
  await givenBeginFails();
  await expect(write()).rejects.toMatchObject({ reason: 'INTERNAL' });
  expect(await things()).toEqual([]);
});

it('commits all statements of a transaction', async () => {
  await write();
  expect(await things()).toEqual([{ name: 'a' }, { name: 'b' }]);
});
