import type { TestingModule } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import { type PipelinedTransaction, PostgresModule, ReadLane } from '@app/postgres';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import {
  type OrderFilter,
  OrderReadRepository,
} from '../../apps/orders/src/order/order-read.repository';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { silentLogger } from '../harness/silent-logger';
import { insertSkewedOrders, MIDDLE, SKEWED } from './skewed-orders';

/** Looking at an order reads 6 buffers, and a page looks at 2,000 orders at most. */
const MAX_BUFFERS = 15_000;
/** Of a page that finds its orders at once, as most do. */
const USUAL_BUFFERS = 800;

let database: TestDatabase;
let instance: TestingModule;
let middle: string;
let buffers = 0;

/** Counts the buffers that each statement reads. */
const counting = (tx: PipelinedTransaction): PipelinedTransaction => {
  const query = async <Row>(sql: string, parameters: readonly unknown[]): Promise<Row[]> => {
    const [explained] = await tx.query<{
      'QUERY PLAN': [{ Plan: Record<'Shared Hit Blocks' | 'Shared Read Blocks', number> }];
    }>(`explain (analyze, buffers, timing off, format json) ${sql}`, parameters);
    const { Plan: plan } = explained?.['QUERY PLAN'][0] ?? { Plan: undefined };
    buffers += (plan?.['Shared Hit Blocks'] ?? NaN) + (plan?.['Shared Read Blocks'] ?? NaN);
    return tx.query<Row>(sql, parameters);
  };
  return { query } as unknown as PipelinedTransaction;
};

const newRepository = (): OrderReadRepository => {
  const lane = instance.get(ReadLane);
  const inIndexOrder: ReadLane['inIndexOrder'] = (work, request) =>
    lane.inIndexOrder((tx) => work(counting(tx)), request);
  return new OrderReadRepository({ inIndexOrder } as unknown as ReadLane);
};

beforeAll(async () => {
  database = await cloneDatabase('orders');
  await insertSkewedOrders(database);
  const [row] = await database.query<{ id: string }>(MIDDLE);
  middle = row?.id ?? '';
  const settings = { url: database.url, applicationName: 'test', poolSize: 2, timeoutMs: 10_000 };
  instance = await Test.createTestingModule({
    imports: [PostgresModule.forApp({ ...settings, migrateOnStart: false }, ordersSchema)],
  })
    .setLogger(silentLogger)
    .compile();
});

afterAll(async () => {
  await instance.close();
  // It has no timelines.
  await database.drop('broken');
});

const filters = function* (): Generator<OrderFilter> {
  for (const userId of [undefined, ...SKEWED.users])
    for (const sku of [undefined, ...SKEWED.skus])
      for (const status of [undefined, ...SKEWED.statuses])
        for (const parked of [undefined, true, false])
          for (const before of [undefined, middle]) {
            const filter = { userId, sku, status, parked, before };
            const given = Object.entries(filter).filter(([, value]) => value !== undefined);
            yield { ...Object.fromEntries(given), limit: 20 };
          }
};

/** Reads the same page by a scan of all orders. */
const expected = async ({ userId, sku, status, parked, before, limit }: OrderFilter) => {
  const rows = await database.query<{ id: string }>(
    `select o.id from orders o
      where ($1::text is null or user_id = $1) and ($2::text is null or status = $2)
        and ($3::bool is null or (parked_at is not null) = $3) and ($4::uuid is null or o.id < $4)
        and ($5::text is null
             or exists (select from order_item i where i.order_id = o.id and i.sku = $5))
      order by o.id desc limit $6`,
    [userId ?? null, status ?? null, parked ?? null, before ?? null, sku ?? null, limit],
  );
  return rows.map(({ id }) => id);
};

it('costs little for every combination of filters, however orders are distributed', async () => {
  const repository = newRepository();
  const costly: string[] = [];
  let [usual, all] = [0, 0];
  for (const filter of filters()) {
    buffers = 0;
    await repository.page(filter, {});
    all += 1;
    usual += buffers <= USUAL_BUFFERS ? 1 : 0;
    if (!(buffers <= MAX_BUFFERS)) costly.push(`${JSON.stringify(filter)}: ${buffers} buffers`);
  }
  expect(costly).toEqual([]);
  expect(usual / all).toBeGreaterThan(0.9);
});

it.each([
  [{ sku: 'formerly' }],
  [{ sku: 'formerly', status: 'CONFIRMED' }],
  [{ sku: 'formerly', userId: 'former' }],
  [{ sku: 'odd', userId: 'former' }],
  [{ sku: 'odd', status: 'CANCELLED' }],
  [{ sku: 'now', status: 'CANCELLED', parked: false }],
  [{ sku: 'rare', userId: 'seldom' }],
  [{ userId: 'former', status: 'PENDING' }],
  [{ parked: true, sku: 'formerly' }],
  [{ parked: true, status: 'FULFILLING' }],
  [{ parked: false, status: 'FULFILLING' }],
  [{ userId: 'user-8', status: 'CONFIRMED' }],
  [{ userId: 'user-9', sku: 'sku-9' }],
  [{}],
] satisfies [Partial<OrderFilter>][])(
  'returns every order of %j once, page by page',
  async (filter) => {
    const repository = instance.get(ReadLane);
    const reads = new OrderReadRepository(repository);
    const wanted = await expected({ ...filter, limit: 50 });
    const found: string[] = [];
    let before: string | undefined;
    do {
      const limit = Math.min(20, 50 - found.length);
      const page = await reads.page({ ...filter, limit, ...(before && { before }) }, {});
      found.push(...page.items.map(({ id }) => id));
      before = page.next;
    } while (before !== undefined && found.length < 50);
    expect(found).toEqual(wanted);
  },
);
