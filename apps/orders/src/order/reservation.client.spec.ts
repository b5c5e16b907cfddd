import { status } from '@grpc/grpc-js';
import { never, reservation } from '../../../../test/harness/inventory-stub';
import { times } from '../../../../test/harness/wait';

import {
  AT_ONCE_MS,
  stub,
  client,
  order,
  inMs,
  timed,
  holdCalls,
  received,
  outcomesOf,
  HELD,
  TOO_LATE,
  useReservationClient,
  internal,
} from '../../../../test/harness/reservation-client-fixture';

useReservationClient();

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

describe('reduce', () => {
  it('names the lines to keep, and is done if Inventory holds exactly these', async () => {
    const reduced = {
      ...order('REDUCING'),
      items: times(2, () => ({ sku: 'pizza', quantity: 2 })),
    };
    expect(await client.reduce(reduced, inMs(5_000))).toMatchObject(HELD);
    const [pizza] = reduced.items;
    expect(stub.calls[0]).toMatchObject({ method: 'reduceReservation', lines: [pizza, pizza] });
    stub.behave(({ ids: [id = ''] }) => ({
      reservation: reservation(id, 'HELD', { lines: [{ sku: 'pizza', quantity: 3 }] }),
    }));
    const [reply] = client.callEach([reduced], inMs(5_000));
    expect(await reply).toEqual({ kind: 'rejected', reason: 'UNITS_DIFFER' });
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

describe('a failed call', () => {
  const CALLS = ['create', 'reduce', 'release', 'commit'] as const;

  it.each(CALLS)('with UNAVAILABLE is retried (%s)', async (call) => {
    let failures = 2;
    stub.behave(({ ids: [id = ''], lines }) => {
      failures -= 1;
      if (failures >= 0) throw failure(status.UNAVAILABLE);
      const held = { reservation: reservation(id, 'HELD', { lines }) };
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
