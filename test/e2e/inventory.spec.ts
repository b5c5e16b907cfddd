import { type Reservation, ReservationState, StockMovementKind } from '@app/contracts';
import type { TestDatabase } from '../harness/databases';
import { type InventoryRpc } from '../harness/inventory-client';
import { givenStock } from '../harness/stock';
import {
  buyersOfOneUnit,
  randomBaskets,
  startTwoInventories,
} from '../harness/inventory-workloads';
import { killUnderLoad } from '../harness/kills-under-load';
import type { ServiceCluster } from '../harness/service-cluster';
import { eventually, times } from '../harness/wait';

const ALREADY_EXISTS = 6;
const FAILED_PRECONDITION = 9;

let cluster: ServiceCluster;
let database: TestDatabase;
/** Clients of two processes on one database. */
let one: InventoryRpc;
let other: InventoryRpc;

beforeAll(async () => {
  cluster = await startTwoInventories({ INVENTORY_SWEEP_INTERVAL_MS: '50' });
  database = cluster.inventoryDatabase;
  one = cluster.inventoryClientOf(0);
  other = cluster.inventoryClientOf(1);
});

afterAll(() => cluster.stop());

const create = (reservationId: string, sku: string, quantity: number, ttlMs?: number) => ({
  reservationId,
  lines: [{ sku, quantity }],
  ...(ttlMs && { ttl: { seconds: 0, nanos: ttlMs * 1_000_000 } }),
});

const stateOf = ({ reservation }: { reservation?: Reservation }) => reservation?.state;

const levelOf = async (sku: string) => (await one.getStock({ skus: [sku] })).levels[0];

describe('a hold', () => {
  it('is committed by another process', async () => {
    await givenStock(database, 'a', 5);
    await one.createReservation(create('a1', 'a', 2));
    const committed = await other.commitReservation({ reservationId: 'a1' });
    expect(stateOf(committed)).toBe(ReservationState.RESERVATION_STATE_COMMITTED);
    expect(await levelOf('a')).toMatchObject({ onHand: 3, reserved: 0, available: 3, seq: 3 });
    await expect(one.releaseReservation({ reservationId: 'a1' })).rejects.toMatchObject({
      code: FAILED_PRECONDITION,
    });
  });

  it('with a ttl has an expiry time, and its units are released then', async () => {
    await givenStock(database, 'b', 5);
    const { reservation } = await one.createReservation(create('b1', 'b', 2, 200));
    const lastsMs =
      ((reservation?.expiresAt?.seconds ?? 0) - (reservation?.createdAt?.seconds ?? 0)) * 1_000 +
      ((reservation?.expiresAt?.nanos ?? 0) - (reservation?.createdAt?.nanos ?? 0)) / 1_000_000;
    expect(lastsMs).toBe(200);
    await eventually('a sweeper has released them', async () => {
      const level = await levelOf('b');
      return level?.reserved === 0;
    });
    const ended = await other.getReservation({ reservationId: 'b1' });
    expect(stateOf(ended)).toBe(ReservationState.RESERVATION_STATE_EXPIRED);
  });

  it('can be extended to another time or without end', async () => {
    await givenStock(database, 'c', 5);
    const held = await one.createReservation({
      ...create('c1', 'c', 2),
      ttl: { seconds: 60, nanos: 0 },
    });
    const longer = await other.extendReservation({
      reservationId: 'c1',
      ttl: { seconds: 3_600, nanos: 0 },
    });
    const gained =
      (longer.reservation?.expiresAt?.seconds ?? 0) - (held.reservation?.expiresAt?.seconds ?? 0);
    expect(gained).toBeGreaterThanOrEqual(3_539);
    const forever = await one.extendReservation({ reservationId: 'c1' });
    expect(forever.reservation?.expiresAt ?? null).toBeNull();
  });
});

describe('a batch', () => {
  it('decides each request separately and in order, also beside an invalid one', async () => {
    await givenStock(database, 'd', 5);
    const { results } = await one.batchCreateReservations({
      requests: [
        create('d1', 'd', 3),
        create('d2', 'd', 3),
        create('', 'd', 1),
        create('d3', 'd', 0),
        create('d1', 'd', 2),
        create('d1', 'd', 3),
        create('d4', 'd', 2),
      ],
    });
    expect(
      results.map(({ reservation, error }) => reservation?.state ?? [error?.code, error?.message]),
    ).toEqual([
      'RESERVATION_STATE_HELD',
      'RESERVATION_STATE_REJECTED',
      [3, 'reservation_id is required'],
      [3, 'lines[0].quantity must be > 0'],
      [ALREADY_EXISTS, 'Reservation d1 exists with other lines; use a new reservation_id.'],
      'RESERVATION_STATE_HELD',
      'RESERVATION_STATE_HELD',
    ]);
    expect(await levelOf('d')).toMatchObject({ reserved: 5 });
  });

  it('has the same error details as a single call', async () => {
    const { results } = await one.batchCreateReservations({ requests: [create('', 'd', 1)] });
    const [result] = results;
    const details = (result?.error?.details ?? []) as unknown as { type_url: string }[];
    expect(details.map(({ type_url }) => type_url)).toEqual([
      'type.googleapis.com/google.rpc.ErrorInfo',
      'type.googleapis.com/google.rpc.BadRequest',
    ]);
  });

  it('of the maximum size is decided, and its answer fits into a message', async () => {
    await Promise.all(times(100, (index) => givenStock(database, `${'e'.repeat(60)}-${index}`, 1)));
    const lines = times(100, (index) => ({ sku: `${'e'.repeat(60)}-${index}`, quantity: 1 }));
    const requests = times(256, (index) => ({ reservationId: `e${index}`, lines }));
    const { results } = await one.batchCreateReservations({ requests });
    expect(results.map(stateOf)).toEqual([
      ReservationState.RESERVATION_STATE_HELD,
      ...times(255, () => ReservationState.RESERVATION_STATE_REJECTED),
    ]);
  });
});

describe('an adjustment', () => {
  const adjustment = (adjustmentId: string, sku: string) => ({
    adjustmentId,
    sku,
    reason: 'delivery',
    actor: 'ann',
    allowShortfall: false,
  });

  it('creates a SKU, is applied once, and returns the result', async () => {
    const first = await one.adjustStock({ ...adjustment('f1', 'f'), delta: 7 });
    const again = await other.adjustStock({ ...adjustment('f1', 'f'), delta: 7 });
    expect(first.alreadyRecorded).toBe(false);
    expect(again).toEqual({ ...first, alreadyRecorded: true });
    expect(first).toMatchObject({
      level: { sku: 'f', onHand: 7, known: true, seq: 1 },
      movement: { kind: StockMovementKind.STOCK_MOVEMENT_KIND_ADJUSTED, onHandDelta: 7 },
      unmetReservations: [],
    });
  });

  it('fails with the details of the reason', async () => {
    await one.createReservation(create('f2', 'f', 5));
    await expect(one.adjustStock({ ...adjustment('f3', 'f'), setOnHand: 4 })).rejects.toMatchObject(
      {
        code: FAILED_PRECONDITION,
        details:
          'f has 7 on hand and 5 reserved, and 4 on hand would be fewer than reserved; release reservations, or set allow_shortfall.',
      },
    );
    await expect(
      one.adjustStock({ ...adjustment('f4', 'f'), delta: 1, expectedOnHand: 0 }),
    ).rejects.toMatchObject({
      code: FAILED_PRECONDITION,
      details: 'f has 7 on hand and 5 reserved, not the expected 0.',
    });
  });

  it('that leaves too few units returns the reservations that cannot be met', async () => {
    const short = await one.adjustStock({
      ...adjustment('f5', 'f'),
      setOnHand: 4,
      allowShortfall: true,
    });
    expect(short).toMatchObject({
      level: { onHand: 4, reserved: 5, available: 0, shortfall: 1 },
      unmetReservations: [{ reservationId: 'f2', quantity: 5 }],
    });
  });
});

describe('the ledger', () => {
  it('explains a level in pages, and at an earlier time', async () => {
    await givenStock(database, 'g', 5);
    await one.createReservation(create('g1', 'g', 2));
    await other.commitReservation({ reservationId: 'g1' });
    const first = await one.listStockMovements({
      sku: 'g',
      reservationId: '',
      afterSeq: 0,
      pageSize: 2,
    });
    const rest = await other.listStockMovements({
      sku: 'g',
      reservationId: '',
      afterSeq: first.nextAfterSeq,
      pageSize: 2,
    });
    const movements = [...first.movements, ...rest.movements];
    expect(movements.map(({ kind, seq, reservationId }) => [kind, seq, reservationId])).toEqual([
      [StockMovementKind.STOCK_MOVEMENT_KIND_ADJUSTED, 1, ''],
      [StockMovementKind.STOCK_MOVEMENT_KIND_HELD, 2, 'g1'],
      [StockMovementKind.STOCK_MOVEMENT_KIND_COMMITTED, 3, 'g1'],
    ]);
    expect(rest.nextAfterSeq).toBe(0);
    const { levels } = await one.getStock({ skus: ['g'], at: movements[1]?.occurredAt });
    expect(levels).toMatchObject([{ onHand: 5, reserved: 2, available: 3, seq: 2 }]);
  });
});

describe('two processes', () => {
  it('1,000 buyers of one unit: exactly one holds it', async () => {
    expect(await buyersOfOneUnit(cluster, 1)).toBe(1);
  });

  it('random baskets with overlapping SKUs: no caller sees a deadlock or any other error', async () => {
    const { errors, held } = await randomBaskets(cluster, 1_000);
    expect(errors).toEqual([]);
    expect(held).toBeGreaterThan(100);
    expect(held).toBeLessThan(1_000);
  });

  it('the same id sent to both processes concurrently is one reservation', async () => {
    await givenStock(database, 'i', 100);
    await Promise.all(
      times(50, async (index) => {
        const request = create(`i${index}`, 'i', 1);
        const answers = await Promise.all([
          one.createReservation(request),
          other.createReservation(request),
        ]);
        expect(answers[0]).toEqual(answers[1]);
      }),
    );
    expect(await levelOf('i')).toMatchObject({ reserved: 50 });
  });
});

it('killed at random times under load: the database has every answered call and no other', async () => {
  const report = await killUnderLoad(cluster, 4);
  expect(report.contradictions).toEqual([]);
  expect(report.answered).toBeGreaterThan(100);
});
