import { DataSource } from 'typeorm';
import { Database, dataSourceOptions, poolOf } from '@app/postgres';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { OrderRepository } from '../../apps/orders/src/order/order.repository';
import { median, formatNumber, measured } from '../../test/harness/figures';
import { placeAndConfirm } from '../../test/harness/confirmed-orders';
import { cloneDatabase, type TestDatabase } from '../../test/harness/databases';
import type { Scenario } from '../bench';
import { watchProcessor } from '../processor';

/** As Postgres would choose by itself, and as the services have it. */
const MODES = { 'planned as Postgres chooses': 'auto', 'planned once': 'force_generic_plan' };
const GROUPS = [1, 8];
const GROUPS_IN_A_ROUND = 2_000;
const ROUNDS = 3;
const PAST_ORDERS = 100_000;

/** What an order takes Postgres in groups of that size. */
const microsecondsOfAnOrder = async (orders: OrderRepository, group: number): Promise<number> => {
  for (let made = 0; made < GROUPS_IN_A_ROUND / 10; made += 1) await placeAndConfirm(orders, group);
  const taken = await watchProcessor();
  const startedMs = performance.now();
  for (let made = 0; made < GROUPS_IN_A_ROUND; made += 1) await placeAndConfirm(orders, group);
  const seconds = (performance.now() - startedMs) / 1_000;
  const cores = (await taken()).get('Postgres') ?? Number.NaN;
  return (cores * seconds * 1_000_000) / (group * GROUPS_IN_A_ROUND);
};

/** Does `work` with a connection of its own, of which Postgres has seen nothing yet. */
const connected = async <Result>(
  { url }: TestDatabase,
  mode: string,
  work: (orders: OrderRepository) => Promise<Result>,
): Promise<Result> => {
  const settings = { url, applicationName: 'bench', poolSize: 1, timeoutMs: 10_000 };
  const source = new DataSource(dataSourceOptions(settings, ordersSchema, () => undefined));
  await source.initialize();
  try {
    await source.query(`set plan_cache_mode = ${mode}`);
    return await work(new OrderRepository(new Database(poolOf(source))));
  } finally {
    await source.destroy();
  }
};

/** Costs are estimated by what is in a table: there are orders already, and Postgres knows how many. */
const fill = async (database: TestDatabase): Promise<void> => {
  await connected(database, MODES['planned once'], async (orders) => {
    for (let made = 0; made < PAST_ORDERS; made += 250) await placeAndConfirm(orders, 250);
  });
  await database.query('vacuum analyze');
};

/** What it costs to plan the statements of a group anew, which Postgres chooses for small groups. */
export const plans: Scenario = {
  title: "what planning costs Postgres of an order: Orders' two statements, by the size of groups",
  isAside: true,
  run: async (bench) => {
    const database = await cloneDatabase('orders');
    bench.atEnd(() => database.drop());
    await fill(database);
    const taken = new Map<string, number[]>();
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const group of GROUPS) {
        for (const [name, mode] of Object.entries(MODES)) {
          const what = `groups of ${group}, ${name}`;
          const microseconds = await connected(database, mode, (orders) =>
            microsecondsOfAnOrder(orders, group),
          );
          bench.say(`round ${round} of ${ROUNDS}: ${what}: ${formatNumber(microseconds)} µs`);
          taken.set(what, [...(taken.get(what) ?? []), microseconds]);
        }
      }
    }
    const figures = [...taken].map(([what, all]) =>
      measured(what, `${formatNumber(median(all))} µs`),
    );
    return { contestants: [], figures };
  },
};
