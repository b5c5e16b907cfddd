import { setTimeout as sleep } from 'node:timers/promises';
import {
  type InProcessInventories,
  one,
  startInProcessInventories,
} from '../../../../test/db/in-process-inventories';
import { givenStock } from '../../../../test/harness/stock';
import { times } from '../../../../test/harness/wait';
import type { Adjustment } from './adjustment';
import { AdjustmentRepository } from './adjustment.repository';

let inventories: InProcessInventories;

beforeAll(async () => {
  inventories = await startInProcessInventories();
});

afterEach(() => jest.restoreAllMocks());

afterAll(async () => {
  await inventories.disconnect();
  // The movements below have no reservations.
  await inventories.database.drop('broken');
});

const loss = (sku: string, delta: number): Adjustment => ({
  id: `loss-${sku}`,
  sku,
  change: { delta },
  reason: 'stolen',
  actor: 'ann',
  expectedOnHand: null,
  allowShortfall: true,
});

/** Adds movements of units that were taken and replaced, as a SKU has after years. */
const addMovements = async (sku: string, count: number): Promise<void> => {
  await inventories.database.query(
    `insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                                 reserved_after, reservation_id, occurred_at)
     select sku, last_seq + nth, 'COMMITTED', -1, 0, on_hand, reserved, 'past-' || nth, updated_at
       from stock_level cross join generate_series(1, $2::int) nth where sku = $1`,
    [sku, count],
  );
  await inventories.database.query(
    'update stock_level set last_seq = last_seq + $2 where sku = $1',
    [sku, count],
  );
  await inventories.database.query('vacuum analyze stock_movement');
};

const timed = async <Result>(work: Promise<Result>): Promise<readonly [Result, number]> => {
  const startMs = performance.now();
  return [await work, performance.now() - startMs];
};

it('the youngest reservations are found at the end of a long ledger without reading it', async () => {
  const { database, here } = inventories;
  await givenStock(database, 'a', 5);
  await here.reservations.create('a-old', one('a', 2));
  await addMovements('a', 30_000);
  await here.reservations.create('a-young', one('a', 2));
  const pages = jest.spyOn(AdjustmentRepository.prototype, 'holdsBefore');
  const adjusted = await here.adjustments.adjust(loss('a', -3));
  expect(adjusted.unmet.map(({ id }) => id)).toEqual(['a-young']);
  expect(adjusted.isIncomplete).toBe(false);
  expect(pages).toHaveBeenCalledTimes(1);
});

it('old reservations are found behind many later movements, or the list says that it is incomplete', async () => {
  const { database, here } = inventories;
  await givenStock(database, 'b', 5);
  await here.reservations.create('b-old', one('b', 5));
  await addMovements('b', 300_000);
  const [{ unmet, isIncomplete, level }, durationMs] = await timed(
    here.adjustments.adjust(loss('b', -3)),
  );
  expect(level.shortfall).toBe(3);
  expect(isIncomplete).toBe(unmet.length === 0);
  expect(durationMs).toBeLessThan(3_000);
});

it('a list that takes too long ends after about a second and says that it is incomplete', async () => {
  const { database, here } = inventories;
  await givenStock(database, 'c', 5);
  await here.reservations.create('c1', one('c', 5));
  const pages = jest.spyOn(AdjustmentRepository.prototype, 'holdsBefore');
  pages.mockImplementation(async () => {
    await sleep(200);
    return { holds: [], firstSeq: 1_000 };
  });
  expect(await here.adjustments.adjust(loss('c', -3))).toMatchObject({
    level: { onHand: 2 },
    unmet: [],
    isIncomplete: true,
  });
  // A page takes 0.2 s or more.
  expect(pages.mock.calls.length).toBeLessThanOrEqual(6);
});

it('an adjustment whose list cannot be read is answered as recorded, also when it is repeated', async () => {
  const { database, here } = inventories;
  await givenStock(database, 'd', 5);
  await here.reservations.create('d1', one('d', 5));
  const failing = jest
    .spyOn(AdjustmentRepository.prototype, 'holdsBefore')
    .mockRejectedValue(Object.assign(new Error('canceling statement'), { code: '57014' }));
  for (const alreadyRecorded of [false, true]) {
    expect(await here.adjustments.adjust(loss('d', -3))).toMatchObject({
      alreadyRecorded,
      level: { onHand: 2, shortfall: 3 },
      unmet: [],
      isIncomplete: true,
    });
  }
  failing.mockRestore();
  expect(await here.adjustments.adjust(loss('d', -3))).toMatchObject({
    unmet: [{ id: 'd1', quantity: 5 }],
    isIncomplete: false,
  });
});

it('at most 1,000 reservations are listed', async () => {
  const { database, here } = inventories;
  await givenStock(database, 'e', 1_100);
  await Promise.all(times(1_100, (index) => here.reservations.create(`e${index}`, one('e'))));
  const { unmet, isIncomplete } = await here.adjustments.adjust(loss('e', -1_100));
  expect(unmet).toHaveLength(1_000);
  expect(isIncomplete).toBe(true);
});
