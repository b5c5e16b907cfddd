import { ReservationState } from '@app/contracts';
import type { TestDatabase } from '../harness/databases';
import { type InventoryRpc } from '../harness/inventory-client';
import { startTwoInventories } from '../harness/inventory-workloads';
import type { ServiceCluster } from '../harness/service-cluster';
import { givenStock } from '../harness/stock';

const FAILED_PRECONDITION = 9;

let cluster: ServiceCluster;
let database: TestDatabase;
/** Clients of two processes on one database. */
let one: InventoryRpc;
let other: InventoryRpc;

beforeAll(async () => {
  cluster = await startTwoInventories({});
  database = cluster.inventoryDatabase;
  one = cluster.inventoryClientOf(0);
  other = cluster.inventoryClientOf(1);
});

afterAll(() => cluster.stop());

const levelOf = async (sku: string) => (await one.getStock({ skus: [sku] })).levels[0];

describe('a reduction', () => {
  const basket = [
    { sku: 'r-1', quantity: 4 },
    { sku: 'r-2', quantity: 2 },
  ];
  const reduce = (reservationId: string, quantity: number, sku = 'r-1') => ({
    reservationId,
    lines: [{ sku, quantity }],
  });

  beforeAll(() => givenStock(database, ['r-1', 'r-2'], 6));

  it('returns units at once, and the processes agree on what is left', async () => {
    await one.createReservation({ reservationId: 'r1', lines: basket, ttl: undefined });
    const { reservation } = await other.reduceReservation(reduce('r1', 3));
    expect(reservation).toMatchObject({
      state: ReservationState.RESERVATION_STATE_HELD,
      lines: [{ sku: 'r-1', quantity: 3 }],
      heldLines: basket,
    });
    expect(await levelOf('r-2')).toMatchObject({ reserved: 0, available: 6 });
    await one.reduceReservation(reduce('r1', 2));
    // A call that arrives late.
    expect(await other.reduceReservation(reduce('r1', 3))).toMatchObject({
      reservation: { lines: [{ sku: 'r-1', quantity: 2 }] },
    });
    const repeated = await one.createReservation({ reservationId: 'r1', lines: basket });
    expect(repeated.reservation?.lines).toEqual([{ sku: 'r-1', quantity: 2 }]);
    await one.commitReservation({ reservationId: 'r1' });
    expect(await levelOf('r-1')).toMatchObject({ onHand: 4, reserved: 0 });
    const { movements } = await other.listStockMovements({ reservationId: 'r1' } as never);
    expect(movements.map(({ sku, kind }) => `${sku} ${kind}`)).toEqual([
      'r-1 STOCK_MOVEMENT_KIND_HELD',
      'r-1 STOCK_MOVEMENT_KIND_RELEASED',
      'r-1 STOCK_MOVEMENT_KIND_RELEASED',
      'r-1 STOCK_MOVEMENT_KIND_COMMITTED',
      'r-2 STOCK_MOVEMENT_KIND_HELD',
      'r-2 STOCK_MOVEMENT_KIND_RELEASED',
    ]);
  });

  it.each([
    ['of an unknown id', reduce('r-none', 1), 5, 'There is no reservation r-none.'],
    ['of an ended reservation', reduce('r1', 1), FAILED_PRECONDITION, 'COMMITTED, which is final'],
    ['to more than was held', reduce('r2', 3), FAILED_PRECONDITION, 'cannot keep 3 r-1'],
    ['to another SKU', reduce('r2', 1, 'r-3'), FAILED_PRECONDITION, 'cannot keep 1 r-3'],
  ])('%s fails and has no effect', async (_what, request, code, message) => {
    await one.createReservation({
      reservationId: 'r2',
      lines: [{ sku: 'r-1', quantity: 2 }],
    });
    await expect(other.reduceReservation(request)).rejects.toMatchObject({
      code,
      details: expect.stringContaining(message) as string,
    });
    expect(await levelOf('r-1')).toMatchObject({ reserved: 2 });
  });
});
