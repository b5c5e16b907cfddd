import { Pool } from 'pg';
import type { ConnectionPool } from './connection';
import { Database } from './database';
import { SessionFactory } from './session-factory';
import { ReservedConnection, type ServerState } from './reserved-connection';

const connections: ConnectionPool = {
  pool: new Pool(),
  sessions: new SessionFactory({
    url: 'postgres://127.0.0.1:1/none',
    applicationName: 'test',
    timeoutMs: 1_000,
  }),
  queryTimeoutMs: 1_000,
};

afterEach(() => jest.restoreAllMocks());

it('shares one query between concurrent checks, and sends another afterwards', async () => {
  const state: ServerState = {
    isReadOnly: false,
    missingPrivileges: [],
    now: new Date(),
  };
  const read = jest.spyOn(ReservedConnection.prototype, 'readState').mockResolvedValue(state);
  const database = new Database(connections);
  await Promise.all(Array.from({ length: 50 }, () => database.check(1_000)));
  expect(read).toHaveBeenCalledTimes(1);
  await database.check(1_000);
  expect(read).toHaveBeenCalledTimes(2);
});

it('is not available while the server takes no writes', async () => {
  const state: ServerState = {
    isReadOnly: true,
    missingPrivileges: [],
    now: new Date(),
  };
  jest.spyOn(ReservedConnection.prototype, 'readState').mockResolvedValue(state);
  await expect(new Database(connections).check(1_000)).rejects.toMatchObject({
    reason: 'DATABASE_UNAVAILABLE',
  });
});
