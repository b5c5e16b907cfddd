import { EventEmitter } from 'node:events';
import type { Pool } from 'pg';
import { Database } from './database';

it('shares one query between concurrent pings, and sends another afterwards', async () => {
  const query = jest.fn(() => Promise.resolve({ rows: [{}] }));
  const client = Object.assign(new EventEmitter(), { query, release: jest.fn() });
  const pool = { connect: () => Promise.resolve(client) } as unknown as Pool;
  const database = new Database(pool);
  await Promise.all(Array.from({ length: 50 }, () => database.ping(1_000)));
  expect(query).toHaveBeenCalledTimes(1);
  await database.ping(1_000);
  expect(query).toHaveBeenCalledTimes(2);
});
