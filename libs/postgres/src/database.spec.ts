import type { DataSource } from 'typeorm';
import { Database } from './database';

it('however many ask whether the database is there, it is asked once, and anew after that', async () => {
  const query = jest.fn(() => Promise.resolve([{}]));
  const database = new Database({ query } as unknown as DataSource);
  await Promise.all(Array.from({ length: 50 }, () => database.ping(1_000)));
  expect(query).toHaveBeenCalledTimes(1);
  await database.ping(1_000);
  expect(query).toHaveBeenCalledTimes(2);
});
