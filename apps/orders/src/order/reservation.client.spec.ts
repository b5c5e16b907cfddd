import { status } from '@grpc/grpc-js';
import type { TestingModule } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import { InventoryStub, never, reservation } from '../../../../test/harness/inventory-stub';
import { silentLogger } from '../../../../test/harness/silent-logger';
import { eventually, times } from '../../../../test/harness/wait';
import type { OrderStatus } from './lifecycle';
import { isUnfinished, newOrder, type Order, pendingOrder, type UnfinishedOrder } from './order';
import { grpcStatusOf, ServiceError } from '@app/errors';
import type { Reply } from './reply';
import { InventoryChannelModule } from '../inventory/inventory-channel.module';
import { ReservationClient } from './reservation.client';

/** Longer than a call takes, and shorter than the deadlines in these tests. */
const AT_ONCE_MS = 150;

let stub: InventoryStub;
let instance: TestingModule;
let client: ReservationClient;

beforeEach(async () => {
  stub = await InventoryStub.start();
  instance = await Test.createTestingModule({
    imports: [InventoryChannelModule.at(stub.address)],
    providers: [ReservationClient],
  })
    .setLogger(silentLogger)
    .compile();
  await instance.init();
  client = instance.get(ReservationClient);
  // The first call opens the connection.
  await eventually('a call is answered', async () => {
    const { kind } = await client.create(order(), inMs(1_000));
    return kind === 'decided';
  });
  stub.calls.length = 0;
});

afterEach(async () => {
  await instance.close();
  stub.stop();
});

const order = (state: OrderStatus = 'PENDING'): UnfinishedOrder => {
  const items = [{ sku: 'burger', quantity: 1 }];
  const request = newOrder({ userId: 'u', note: null, idempotencyKey: null, items });
  const result: Order = { ...pendingOrder(request, new Date(0)), status: state };
  if (!isUnfinished(result)) throw new Error(`${state} is not an unfinished status`);
  return result;
};

const inMs = (ms: number): Date => new Date(Date.now() + ms);

const timed = async <Result>(work: Promise<Result>) => {
  const startedMs = performance.now();
  const result = await work;
  return { result, tookMs: performance.now() - startedMs };
};

/** Makes the stub hold the next calls until `release`. */
const holdCalls = (): { release: () => void } => {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  stub.behave(async ({ ids }) => {
    await gate;
    return { results: ids.map((id) => ({ reservation: reservation(id, 'HELD') })) };
  });
  return { release };
};

const received = (count: number) =>
  eventually(`${count} calls are received`, () => stub.calls.length === count);

const outcomesOf = (replies: readonly Reply[]) =>
  replies.map((reply) => (reply.kind === 'decided' ? reply.outcome : reply.kind));

const HELD = { kind: 'decided', outcome: 'HELD' };
const TOO_LATE = { kind: 'noResponse', reason: 'DEADLINE_EXCEEDED' };

describe('create', () => {
  it('sends orders that arrive during a call together in the next one', async () => {
    const { release } = holdCalls();
    const first = client.create(order(), inMs(5_000));
    await received(1);
    const others = times(10, () => order());
    const replies = others.map((other) => client.create(other, inMs(5_000)));
    release();
    expect(outcomesOf(await Promise.all([first, ...replies]))).toEqual(times(11, () => 'HELD'));
    expect(stub.calls.map(({ method }) => method)).toEqual(
      times(2, () => 'batchCreateReservations'),
    );
    expect(stub.calls[1]?.ids).toEqual(others.map(({ id }) => id));
  });

  it('sends many orders during a call at once, with at most three calls at a time', async () => {
    const { release } = holdCalls();
    const first = client.create(order(), inMs(5_000));
    await received(1);
    const others = times(100, () => client.create(order(), inMs(5_000)));
    await received(3);
    release();
    expect(outcomesOf(await Promise.all([first, ...others]))).toEqual(times(101, () => 'HELD'));
    expect(stub.calls.map(({ ids }) => ids.length)).toEqual([1, 32, 32, 36]);
  });

  it('returns each order its own result', async () => {
    const { release } = holdCalls();
    const first = client.create(order(), inMs(5_000));
    await received(1);
    const others = times(6, () => order());
    const states = ['HELD', 'REJECTED', 'RELEASED', 'COMMITTED', 'EXPIRED', 'HELD'];
    const stateById = new Map(others.map(({ id }, index) => [id, states[index] ?? '']));
    const replies = others.map((other) => client.create(other, inMs(5_000)));
    stub.behave(({ ids }) => ({
      results: ids.map((id) => ({ reservation: reservation(id, stateById.get(id) ?? '') })),
    }));
    release();
    await first;
    expect(outcomesOf(await Promise.all(replies))).toEqual(states);
  });

  it('returns at the deadline, and does not send an order after it', async () => {
    const { release } = holdCalls();
    const first = client.create(order(), inMs(5_000));
    await received(1);
    const late = order();
    const { result, tookMs } = await timed(client.create(late, inMs(100)));
    expect(result).toEqual(TOO_LATE);
    expect(tookMs).toBeLessThan(2_000);
    const other = order();
    const last = client.create(other, inMs(5_000));
    release();
    expect(outcomesOf([await first, await last])).toEqual(['HELD', 'HELD']);
    expect(stub.calls.slice(1).map(({ ids }) => ids)).toEqual([[other.id]]);
  });

  it('sends the latest deadline of the orders', async () => {
    const deadline = inMs(3_000);
    await client.create(order(), deadline);
    const [call] = stub.calls;
    // The wire carries the time left, so the deadline is a little later there.
    expect(Math.abs((call?.deadlineMs ?? 0) - deadline.getTime())).toBeLessThan(500);
  });

  it('returns no response for all orders whose results are not certain', async () => {
    const { release } = holdCalls();
    const first = client.create(order(), inMs(5_000));
    await received(1);
    const replies = times(2, () => client.create(order(), inMs(5_000)));
    stub.behave(({ ids: [id = ''] }) => ({ results: [{ reservation: reservation(id, 'HELD') }] }));
    release();
    await first;
    expect(await Promise.all(replies)).toMatchObject([HELD, TOO_LATE]);
  });

  it('does not accept the result of another order', async () => {
    const { release } = holdCalls();
    const first = client.create(order(), inMs(5_000));
    await received(1);
    const replies = times(2, () => client.create(order(), inMs(5_000)));
    stub.behave(({ ids: [, id = ''] }) => ({
      results: [{ reservation: reservation(id, 'HELD') }],
    }));
    release();
    await first;
    expect(await Promise.all(replies)).toEqual([TOO_LATE, TOO_LATE]);
  });
});

describe('release and commit', () => {
  it('send the id of the order and the deadline', async () => {
    const [cancelled, fulfilled] = [order('CANCELLING'), order('FULFILLING')];
    const deadline = inMs(3_000);
    expect(await client.release(cancelled, deadline)).toMatchObject({ outcome: 'RELEASED' });
    expect(await client.commit(fulfilled, deadline)).toMatchObject({ outcome: 'COMMITTED' });
    expect(stub.calls).toMatchObject([
      { method: 'releaseReservation', ids: [cancelled.id] },
      { method: 'commitReservation', ids: [fulfilled.id] },
    ]);
    for (const { deadlineMs } of stub.calls) {
      expect(Math.abs(deadlineMs - deadline.getTime())).toBeLessThan(500);
    }
  });

  it('return no response at the deadline if Inventory hangs', async () => {
    stub.behave(() => never);
    const { result, tookMs } = await timed(client.release(order('CANCELLING'), inMs(200)));
    expect(result).toEqual(TOO_LATE);
    expect(tookMs).toBeLessThan(2_000);
  });

  it('send nothing after the deadline', async () => {
    expect(await client.commit(order('FULFILLING'), inMs(-1))).toEqual(TOO_LATE);
    expect(stub.calls).toEqual([]);
  });

  it('do not wait in the queue beyond the deadline', async () => {
    stub.behave(() => never);
    const running = times(64, () => client.release(order('CANCELLING'), inMs(3_000)));
    await received(64);
    const { result, tookMs } = await timed(client.release(order('CANCELLING'), inMs(100)));
    expect(result).toEqual(TOO_LATE);
    expect(tookMs).toBeLessThan(2_000);
    await Promise.all(running);
  });

  it('return at once if 64 calls are in flight and 1,024 are queued', async () => {
    stub.behave(() => never);
    const deadline = inMs(2_500);
    const others = times(64 + 1_024, () => client.release(order('CANCELLING'), deadline));
    const { result, tookMs } = await timed(client.release(order('CANCELLING'), deadline));
    expect(result).toEqual({ kind: 'noResponse', reason: 'OVERLOADED' });
    expect(tookMs).toBeLessThan(AT_ONCE_MS);
    const reconciled = client.callEach([order('CANCELLING')], deadline);
    stub.recover();
    // The reconciler has limits of its own.
    expect(await reconciled[0]).toMatchObject({ outcome: 'RELEASED' });
    expect(stub.calls.length).toBeLessThanOrEqual(65);
    await Promise.all(others);
  });
});

describe('callEach', () => {
  it('makes the call of each order and returns its result', async () => {
    const orders = [order('CANCELLING'), order(), order('FULFILLING'), order()];
    const replies = await Promise.all(client.callEach(orders, inMs(5_000)));
    expect(outcomesOf(replies)).toEqual(['RELEASED', 'HELD', 'COMMITTED', 'HELD']);
    const [, first, , second] = orders.map(({ id }) => id);
    expect(stub.calls.find(({ method }) => method === 'batchCreateReservations')?.ids).toEqual([
      first,
      second,
    ]);
  });

  it('sends at most 256 orders in one call', async () => {
    const replies = client.callEach(
      times(300, () => order()),
      inMs(5_000),
    );
    expect(outcomesOf(await Promise.all(replies))).toEqual(times(300, () => 'HELD'));
    expect(stub.calls.map(({ ids }) => ids.length)).toEqual([256, 44]);
  });
});

const failure = (code: status): Error => Object.assign(new Error('a message'), { code });

/** An INTERNAL error with the ErrorInfo of Inventory. */
const internal = Object.assign(
  new Error('a message'),
  grpcStatusOf(new ServiceError('INTERNAL', 'a message')),
);

describe('a failed call', () => {
  const CALLS = ['create', 'release', 'commit'] as const;

  it.each(CALLS)('with UNAVAILABLE is retried (%s)', async (call) => {
    let failures = 2;
    stub.behave(({ ids: [id = ''] }) => {
      failures -= 1;
      if (failures >= 0) throw failure(status.UNAVAILABLE);
      const held = { reservation: reservation(id, 'HELD') };
      return { ...held, results: [held] };
    });
    expect(await client[call](order(), inMs(5_000))).toMatchObject(HELD);
    expect(stub.calls).toHaveLength(3);
  });

  it.each(CALLS)('with INTERNAL is not retried: Inventory has rejected it (%s)', async (call) => {
    stub.behave(() => {
      throw internal;
    });
    expect(await client[call](order(), inMs(5_000))).toEqual({
      kind: 'rejected',
      reason: 'INTERNAL',
    });
    expect(stub.calls).toHaveLength(1);
  });

  it('with UNAVAILABLE is made 3 times in all, and then has no response', async () => {
    stub.behave(() => {
      throw failure(status.UNAVAILABLE);
    });
    const reply = await client.release(order('CANCELLING'), inMs(5_000));
    expect(reply).toEqual({ kind: 'noResponse', reason: 'UNAVAILABLE' });
    expect(stub.calls).toHaveLength(3);
  });
});

describe('an Inventory that hangs', () => {
  const lateCalls = async (count: number): Promise<Reply[]> => {
    const replies: Reply[] = [];
    while (replies.length < count) replies.push(await client.create(order(), inMs(350)));
    return replies;
  };

  const hang = async (): Promise<void> => {
    stub.hang();
    await lateCalls(3);
    // The third reply may arrive a moment before the third call has failed.
    await eventually('the circuit is open', () => !client.isAvailable, 3_000);
  };

  it('is unavailable after 3 calls or health checks: only health checks are sent then', async () => {
    stub.hang();
    const [first, ...others] = await lateCalls(3);
    expect(first).toEqual(TOO_LATE);
    for (const reply of others) expect(['noResponse', 'skipped']).toContain(reply.kind);
    await eventually('the circuit is open', () => !client.isAvailable, 3_000);
    const calls = stub.calls.length;
    const checks = stub.healthChecks;
    const { result, tookMs } = await timed(
      Promise.all([
        client.create(order(), inMs(5_000)),
        client.release(order('CANCELLING'), inMs(5_000)),
        client.commit(order('FULFILLING'), inMs(5_000)),
        ...client.callEach([order(), order('CANCELLING')], inMs(5_000)),
      ]),
    );
    expect(new Set(result.map(({ kind }) => kind))).toEqual(new Set(['skipped']));
    expect(tookMs).toBeLessThan(AT_ONCE_MS);
    await eventually('a health check is sent', () => stub.healthChecks > checks);
    expect(stub.calls).toHaveLength(calls);
  });

  it('is available after 2 failed calls, and after calls with too short a deadline', async () => {
    stub.behave(() => never);
    await lateCalls(2);
    expect(client.isAvailable).toBe(true);
    for (let count = 0; count < 5; count += 1) await client.create(order(), inMs(20));
    expect(client.isAvailable).toBe(true);
  });

  it('is available again after it recovers', async () => {
    await hang();
    stub.recover();
    await eventually('Inventory is available', () => client.isAvailable, 3_000);
    expect(await client.create(order(), inMs(5_000))).toMatchObject(HELD);
  });

  it('stays unavailable while its health is NOT_SERVING', async () => {
    await hang();
    stub.cannotServe();
    const checks = stub.healthChecks;
    await eventually('some health checks are sent', () => stub.healthChecks > checks + 3);
    expect(client.isAvailable).toBe(false);
  });

  const errs = () => {
    throw internal;
  };
  it.each([
    ['a result', () => stub.recover(), 'decided'],
    ['an error', () => stub.behave(errs), 'rejected'],
  ] as const)(
    'is available if %s comes between the failures: only consecutive ones count',
    async (_what, respond, kind) => {
      for (let round = 0; round < 2; round += 1) {
        stub.behave(() => never);
        await lateCalls(2);
        respond();
        expect(await client.create(order(), inMs(5_000))).toMatchObject({ kind });
      }
      expect(client.isAvailable).toBe(true);
    },
  );
});

it('skips calls while the connection is refused, and makes them after Inventory has started', async () => {
  stub.stop();
  await eventually('Inventory is unavailable', () => !client.isAvailable, 3_000);
  const { result, tookMs } = await timed(client.release(order('CANCELLING'), inMs(5_000)));
  expect(result).toEqual({ kind: 'skipped' });
  expect(tookMs).toBeLessThan(AT_ONCE_MS);
  await stub.listenAgain();
  await eventually('Inventory is available', () => client.isAvailable, 3_000);
  expect(await client.create(order(), inMs(5_000))).toMatchObject(HELD);
});
