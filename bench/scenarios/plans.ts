import { DataSource } from 'typeorm';
import { Database, dataSourceOptions, poolOf } from '@app/postgres';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { OrderRepository } from '../../apps/orders/src/order/order.repository';
import { median, formatNumber, measured } from '../../test/harness/figures';
import { placeAndConfirm } from '../../test/harness/confirmed-orders';
import { cloneDatabase, type TestDatabase } from '../../test/harness/databases';
import type { Scenario } from '../bench';
import { watchCpu } from '../cpu-usage';

/** The choice of Postgres, and the setting of the services. */
const MODES = { 'planned as Postgres chooses': 'auto', 'planned once': 'force_generic_plan' };
const GROUPS = [1, 8];
const GROUPS_IN_A_ROUND = 2_000;
const ROUNDS = 3;
const PAST_ORDERS = 100_000;

/** Returns the processor time of Postgres for one order in groups of this size. */
const microsecondsOfAnOrder = async (orders: OrderRepository, group: number): Promise<number> => {
  for (let count = 0; count < GROUPS_IN_A_ROUND / 10; count += 1)
    await placeAndConfirm(orders, group);
  const stopWatching = await watchCpu();
  const startedMs = performance.now();
  for (let count = 0; count < GROUPS_IN_A_ROUND; count += 1) await placeAndConfirm(orders, group);
  const seconds = (performance.now() - startedMs) / 1_000;
  const cores = (await stopWatching()).get('Postgres') ?? Number.NaN;
  return (cores * seconds * 1_000_000) / (group * GROUPS_IN_A_ROUND);
};

/** Runs `work` on a new connection, for which Postgres has cached no plans. */
const withConnection = async <Result>(
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

/** Postgres estimates costs by the contents of a table, so there are orders and statistics first. */
const fill = async (database: TestDatabase): Promise<void> => {
  await withConnection(database, MODES['planned once'], async (orders) => {
    for (let count = 0; count < PAST_ORDERS; count += 250) await placeAndConfirm(orders, 250);
  });
  await database.query('vacuum analyze');
};

/** What it costs to plan the statements of each group, which Postgres chooses for small groups. */
export const plans: Scenario = {
  title: 'the processor time of Postgres for one order with and without planning, by group size',
  isDiagnostic: true,
  run: async (bench) => {
    const database = await cloneDatabase('orders');
    bench.atEnd(() => database.drop());
    await fill(database);
    const taken = new Map<string, number[]>();
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const group of GROUPS) {
        for (const [name, mode] of Object.entries(MODES)) {
          const what = `groups of ${group}, ${name}`;
          const microseconds = await withConnection(database, mode, (orders) =>
            microsecondsOfAnOrder(orders, group),
          );
          bench.log(`round ${round} of ${ROUNDS}: ${what}: ${formatNumber(microseconds)} µs`);
          taken.set(what, [...(taken.get(what) ?? []), microseconds]);
        }
      }
    }
    const figures = [...taken].map(([what, all]) =>
      measured(what, `${formatNumber(median(all))} µs`),
    );
    return { series: [], figures };
  },
};
