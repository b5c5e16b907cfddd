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
/** When the order in the middle of all was created. */
const HALF = new Date(1_760_000_000_000 + 100_000_000);
/** Of a page that finds its orders at once, as most do. */
const USUAL_BUFFERS = 800;

let database: TestDatabase;
let instance: TestingModule;
let middle: { readonly id: string; readonly createdAt: Date; readonly updatedAt: Date };
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
  const [row] = await database.query<typeof middle>(MIDDLE);
  if (!row) throw new Error('There are no orders');
  middle = row;
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

const STATUSES = [
  undefined,
  ...SKEWED.statuses.map((status) => [status]),
  ['PENDING', 'FULFILLING'],
  ['CONFIRMED', 'CANCELLED', 'PENDING'],
] as const;

/** Where a list begins and ends. */
const usualParts = (): Partial<OrderFilter>[] => [{}, { cursor: middle.id }];

/** The other direction, windows of time, and lists by the last change. */
const otherParts = (): Partial<OrderFilter>[] => [
  { direction: 'asc' },
  { direction: 'asc', cursor: middle.id },
  { createdBefore: middle.createdAt },
  { createdAfter: middle.createdAt, direction: 'asc' },
  { externalId: SKEWED.externalId },
  { externalId: SKEWED.externalId, direction: 'asc', cursor: middle.id },
  { updatedSince: new Date(0), direction: 'asc' },
  { updatedSince: middle.updatedAt },
  { updatedSince: middle.updatedAt, createdAfter: middle.createdAt },
];

/** All combinations of filters with the usual parts, and with one other part each. */
const filters = function* (): Generator<OrderFilter> {
  let nth = 0;
  for (const userId of [undefined, ...SKEWED.users])
    for (const sku of [undefined, ...SKEWED.skus])
      for (const statuses of STATUSES)
        for (const parked of [undefined, true, false]) {
          const others = otherParts();
          nth += 1;
          for (const part of [...usualParts(), others[nth % others.length]]) {
            const filter = { userId, sku, statuses, parked, ...part };
            const given = Object.entries(filter).filter(([, value]) => value !== undefined);
            yield { ...Object.fromEntries(given), limit: 20 };
          }
        }
};

/** Reads the same page by a scan of all orders. */
const expected = async (filter: OrderFilter) => {
  const { userId, sku, statuses, parked, createdAfter, createdBefore, updatedSince } = filter;
  const { externalId, direction = 'desc', limit } = filter;
  const rows = await database.query<{ id: string }>(
    `select o.id from orders o
      where ($1::text is null or user_id = $1) and ($2::text[] is null or status = any($2))
        and ($3::bool is null or (parked_at is not null) = $3)
        and ($4::timestamptz is null or created_at >= $4)
        and ($5::timestamptz is null or created_at < $5)
        and ($6::timestamptz is null or updated_at >= $6)
        and ($9::text is null or external_id = $9)
        and ($7::text is null
             or exists (select from order_item i where i.order_id = o.id and i.sku = $7))
      order by ${updatedSince ? `o.updated_at ${direction},` : ''} o.id ${direction} limit $8`,
    [
      ...[userId, statuses, parked, createdAfter, createdBefore, updatedSince, sku],
      limit,
      externalId,
    ].map((value) => value ?? null),
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
}, 120_000);

it.each([
  [{ sku: 'formerly' }],
  [{ sku: 'formerly', statuses: ['CONFIRMED'] }],
  [{ sku: 'formerly', userId: 'former' }],
  [{ sku: 'odd', userId: 'former' }],
  [{ sku: 'odd', statuses: ['CANCELLED'] }],
  [{ sku: 'now', statuses: ['CANCELLED'], parked: false }],
  [{ sku: 'rare', userId: 'seldom' }],
  [{ userId: 'former', statuses: ['PENDING'] }],
  [{ parked: true, sku: 'formerly' }],
  [{ parked: true, statuses: ['FULFILLING'] }],
  [{ parked: false, statuses: ['FULFILLING'] }],
  [{ userId: 'user-8', statuses: ['CONFIRMED'] }],
  [{ userId: 'user-9', sku: 'sku-9' }],
  [{}],
  [{ direction: 'asc' }],
  [{ externalId: 'batch' }],
  [{ externalId: 'batch', userId: 'former', direction: 'asc' }],
  [{ direction: 'asc', sku: 'rare' }],
  [{ direction: 'asc', sku: 'now', userId: 'user-8' }],
  [{ direction: 'asc', sku: 'odd', statuses: ['CANCELLED'] }],
  [{ statuses: ['PENDING', 'FULFILLING'] }],
  [{ statuses: ['CANCELLED', 'CONFIRMED'], userId: 'former' }],
  [{ statuses: ['CANCELLED', 'PENDING', 'FULFILLING'], direction: 'asc', parked: true }],
  [{ createdAfter: HALF }],
  [{ createdBefore: HALF, sku: 'formerly' }],
  [{ createdAfter: HALF, direction: 'asc', statuses: ['CANCELLED', 'PENDING'] }],
  [{ createdBefore: HALF, direction: 'asc', userId: 'seldom' }],
  [{ updatedSince: HALF }],
  [{ updatedSince: HALF, direction: 'asc' }],
  [{ updatedSince: HALF, direction: 'asc', createdBefore: HALF }],
  [{ updatedSince: HALF, userId: 'former' }],
  [{ updatedSince: HALF, statuses: ['CANCELLED', 'PENDING'], sku: 'formerly' }],
] satisfies [Partial<OrderFilter>][])(
  'returns every order of %j once, page by page',
  async (filter: Partial<OrderFilter>) => {
    const reads = new OrderReadRepository(instance.get(ReadLane));
    const wanted = await expected({ ...filter, limit: 50 });
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const limit = Math.min(20, 50 - found.length);
      const page = await reads.page({ ...filter, limit, ...(cursor && { cursor }) }, {});
      found.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== undefined && found.length < 50);
    expect(found).toEqual(wanted);
  },
);
