import { status as GrpcStatus } from '@grpc/grpc-js';
import type { Client } from 'pg';
import type { CancellationSignal } from '@app/batching';
import { cloneDatabase, type TestDatabase } from '../../../../test/harness/databases';
import { type InventoryRpc, connectInventory } from '../../../../test/harness/inventory-client';
import { givenStock } from '../../../../test/harness/stock';
import { lockLevel, one, awaitBlockedSession } from '../../../../test/db/in-process-inventories';
import { type InventoryServer, inventoryServer } from '../../../../test/db/inventory-server';
import { eventually } from '../../../../test/harness/wait';
import { AdjustmentService } from '../adjustment/adjustment.service';
import { DecisionService } from './decision.service';

const SHORT_MS = 200;

let database: TestDatabase;
let server: InventoryServer;
let calls: InventoryRpc;
let decisions: jest.SpyInstance;
let adjustments: jest.SpyInstance;

beforeAll(async () => {
  database = await cloneDatabase('inventory');
  server = await inventoryServer(database.url);
  calls = connectInventory(server.address);
  decisions = jest.spyOn(server.app.get(DecisionService), 'submit');
  adjustments = jest.spyOn(server.app.get(AdjustmentService), 'adjust');
});

afterEach(() => jest.clearAllMocks());

afterAll(async () => {
  calls.close();
  await server.stop();
  await database.drop();
});

/** How many of these calls have reached Inventory, and how many of them are not cancelled. */
const arrived = (spy: jest.SpyInstance): number => spy.mock.calls.length;
const active = (spy: jest.SpyInstance): number =>
  (spy.mock.calls as [unknown, CancellationSignal][]).filter(([, signal]) => !signal.aborted)
    .length;

const basket = (reservationId: string, sku: string) => ({ reservationId, lines: one(sku) });
const delivery = (adjustmentId: string, sku: string) => ({
  adjustmentId,
  sku,
  delta: 1,
  reason: 'delivery',
  actor: 'anna',
});

const recorded = async (sku: string): Promise<string[]> => {
  const rows = await database.query<{ id: string }>(
    `select coalesce(reservation_id, adjustment_id) as id from stock_movement
      where sku = $1 and seq > 1 order by seq`,
    [sku],
  );
  return rows.map(({ id }) => id);
};

const codeOf = (answer: Promise<unknown>): Promise<unknown> =>
  answer.then(
    () => GrpcStatus.OK,
    (error: unknown) => (error as { code: GrpcStatus }).code,
  );

/** Another session holds the level, and the first call waits for it in its transaction. */
const givenBlockedGroup = async (sku: string, begin: () => unknown): Promise<Client> => {
  await givenStock(database, sku, 10);
  const rival = await lockLevel(database, sku);
  begin();
  await awaitBlockedSession(database);
  return rival;
};

it('does not decide a basket that is cancelled or past its deadline before its turn', async () => {
  const answers: Promise<unknown>[] = [];
  const create = (id: string, timeoutMs?: number) => {
    const call = calls.begin('createReservation', basket(id, 'a'), timeoutMs);
    answers.push(codeOf(call.answer));
    return call;
  };
  const rival = await givenBlockedGroup('a', () => create('first'));
  create('out-of-time', SHORT_MS);
  const cancelled = create('cancelled');
  create('patient');
  await eventually('all calls have arrived', () => arrived(decisions) === 4);
  cancelled.cancel();
  await eventually('two are cancelled', () => active(decisions) === 2);
  await rival.query('rollback');
  expect(await Promise.all(answers)).toEqual([
    GrpcStatus.OK,
    GrpcStatus.DEADLINE_EXCEEDED,
    GrpcStatus.CANCELLED,
    GrpcStatus.OK,
  ]);
  expect(await recorded('a')).toEqual(['first', 'patient']);
  expect(await database.query('select id from reservation order by id')).toEqual([
    { id: 'first' },
    { id: 'patient' },
  ]);
});

it('does not execute a cancelled batch, commit, extension, release or immediate reservation', async () => {
  await givenStock(database, 'b-held', 10);
  await calls.createReservation({ ...basket('b-held', 'b-held'), ttl: undefined });
  decisions.mockClear();
  const rival = await givenBlockedGroup('b', () =>
    calls.begin('createReservation', basket('b-first', 'b')),
  );
  const reservationId = 'b-held';
  const requests = [basket('b-1', 'b'), basket('b-2', 'b')];
  const answers = [
    calls.begin('batchCreateReservations', { requests }, SHORT_MS),
    calls.begin('commitReservation', { reservationId }, SHORT_MS),
    calls.begin('extendReservation', { reservationId, ttl: { seconds: 60 } }, SHORT_MS),
    calls.begin('releaseReservation', { reservationId }, SHORT_MS),
    calls.begin('reserveStock', { sku: 'b', quantity: 1 }, SHORT_MS),
  ].map(({ answer }) => codeOf(answer));
  await eventually('all calls have arrived', () => arrived(decisions) === 7);
  expect(new Set(await Promise.all(answers))).toEqual(new Set([GrpcStatus.DEADLINE_EXCEEDED]));
  await eventually('only the first is active', () => active(decisions) === 1);
  await rival.query('rollback');
  await calls.createReservation({ ...basket('b-last', 'b'), ttl: undefined });
  expect(await recorded('b')).toEqual(['b-first', 'b-last']);
  const { reservation } = await calls.getReservation({ reservationId });
  expect(reservation).toMatchObject({ state: 'RESERVATION_STATE_HELD', expiresAt: null });
});

it('does not make a cancelled adjustment', async () => {
  const rival = await givenBlockedGroup('c', () =>
    calls.begin('adjustStock', delivery('c-1', 'c')),
  );
  const late = calls.begin('adjustStock', delivery('c-2', 'c'), SHORT_MS);
  const patient = calls.begin('adjustStock', delivery('c-3', 'c'));
  await eventually('all calls have arrived', () => arrived(adjustments) === 3);
  expect(await codeOf(late.answer)).toBe(GrpcStatus.DEADLINE_EXCEEDED);
  await eventually('two are active', () => active(adjustments) === 2);
  await rival.query('rollback');
  await patient.answer;
  expect(await recorded('c')).toEqual(['c-1', 'c-3']);
});
