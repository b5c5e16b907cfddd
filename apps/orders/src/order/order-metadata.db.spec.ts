import { OrderMetadata1764900000000 } from '../database/migrations/1764900000000-order-metadata';
import { emptyDatabase, type TestDatabase } from '../../../../test/harness/databases';
import {
  database,
  DEADLINE,
  instanceOn,
  place,
  request,
  stored,
  there,
  useOrderServices,
} from '../../../../test/db/order-service-fixture';
import { migrateTo, schemasAround } from '../../../../test/db/upgrade';
import { newOrder } from './order';
import { fingerprintOf } from './order-fingerprint';
import type { OrderMetadata } from './order-metadata';
import { FOR_ANY_CUSTOMER } from './requester';
import { OrderRepository } from './order.repository';

useOrderServices();

const METADATA = { size: 'L', color: 'red', '7': '' };

const columnOf = async (id: string) => {
  const [row] = await database.query<{ metadata: string | null }>(
    'select metadata::text from orders where id = $1',
    [id],
  );
  return row?.metadata;
};

it('is stored beside orders of the same group that have none', async () => {
  const orders = there.module.get(OrderRepository);
  const [plain, tagged, other] = [null, METADATA, { size: 'M' }].map((metadata) =>
    newOrder(request({ metadata })),
  );
  if (!plain || !tagged || !other) throw new Error('Three orders were made');
  await orders.insert([plain, tagged, other], 60_000, 60_000);
  expect(await stored(tagged.id)).toMatchObject({ metadata: METADATA });
  expect(await stored(other.id)).toMatchObject({ metadata: { size: 'M' } });
  expect(await stored(plain.id)).toMatchObject({ metadata: null });
  expect(await columnOf(plain.id)).toBeNull();
});

it('stays with the order through its transitions', async () => {
  const order = await place({ metadata: METADATA });
  expect(order).toMatchObject({ status: 'CONFIRMED', metadata: METADATA });
  expect(await there.service.cancel(order.id, DEADLINE, FOR_ANY_CUSTOMER)).toMatchObject({
    status: 'CANCELLED',
    metadata: METADATA,
  });
  expect(await stored(order.id)).toMatchObject({ metadata: METADATA });
});

it.each<[string, string | undefined]>([
  ['has a fingerprint', undefined],
  ['has lost its metadata by an erasure', 'metadata = null'],
  ['has no fingerprint', 'fingerprint = null'],
])(
  'recognizes a repeated order with its keys in another order, if the order %s',
  async (...each) => {
    const [idempotencyKey, change] = each;
    const { id } = await place({ idempotencyKey, metadata: METADATA });
    if (change) await database.query(`update orders set ${change} where id = $1`, [id]);
    const repeat = (metadata: OrderMetadata) => place({ idempotencyKey, metadata }, there);
    expect(await repeat({ '7': '', color: 'red', size: 'L' })).toMatchObject({ id });
    await expect(repeat({ ...METADATA, size: 'M' })).rejects.toMatchObject({
      reason: 'IDEMPOTENCY_KEY_REUSED',
    });
  },
);

describe('an order of the version before', () => {
  const { previous, upgraded } = schemasAround(OrderMetadata1764900000000);
  let older: TestDatabase;

  beforeAll(async () => {
    older = await emptyDatabase();
    await migrateTo(older, previous);
  });

  afterAll(() => older.drop('broken'));

  /** Places an order as the version before does. */
  const placeBefore = async (idempotencyKey: string): Promise<string> => {
    const order = newOrder(request({ idempotencyKey }));
    await older.query(
      `with placed as (
         insert into orders (id, user_id, idempotency_key, fingerprint, status, next_attempt_at, last_seq)
         values ($1, $2, $3, $4, 'PENDING', now() + interval '1 minute', 1) returning id),
       item as (insert into order_item select id, 0, 'burger', 1 from placed)
       insert into order_event (order_id, seq, event, status, actor)
       select id, 1, 'PLACED', 'PENDING', 'CUSTOMER' from placed`,
      [order.id, order.userId, idempotencyKey, fingerprintOf(order)],
    );
    return order.id;
  };

  it('is recognized after the upgrade, and is another one with metadata', async () => {
    const before = await placeBefore('before');
    expect(await migrateTo(older, upgraded)).toEqual(['OrderMetadata1764900000000']);
    const beside = await placeBefore('beside');
    const { module, service } = await instanceOn(older.url);
    try {
      for (const [idempotencyKey, id] of Object.entries({ before, beside })) {
        const again = (metadata: OrderMetadata | null) =>
          service.place(request({ idempotencyKey, metadata }), DEADLINE, FOR_ANY_CUSTOMER);
        expect(await again(null)).toMatchObject({
          isRepeated: true,
          order: { id, metadata: null },
        });
        await expect(again(METADATA)).rejects.toMatchObject({ reason: 'IDEMPOTENCY_KEY_REUSED' });
      }
    } finally {
      await module.close();
    }
  });

  it('gets the column also if the migration was interrupted before it was recorded', async () => {
    await older.query(`delete from migration where name = 'OrderMetadata1764900000000'`);
    expect(await migrateTo(older, upgraded)).toEqual(['OrderMetadata1764900000000']);
  });
});
