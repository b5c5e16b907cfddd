import { never } from '../../../../test/harness/inventory-stub';
import { eventually } from '../../../../test/harness/wait';
import type { Reply } from './reply';

import {
  AT_ONCE_MS,
  stub,
  client,
  order,
  inMs,
  timed,
  HELD,
  TOO_LATE,
  useReservationClient,
  internal,
} from '../../../../test/harness/reservation-client-fixture';

useReservationClient();

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
    await eventually('the circuit is open', () => !client.canCall, 3_000);
  };

  it('is unavailable after 3 calls or health checks: only health checks are sent then', async () => {
    stub.hang();
    const [first, ...others] = await lateCalls(3);
    expect(first).toEqual(TOO_LATE);
    for (const reply of others) expect(['noResponse', 'skipped']).toContain(reply.kind);
    await eventually('the circuit is open', () => !client.canCall, 3_000);
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
    expect(client.canCall).toBe(true);
    for (let count = 0; count < 5; count += 1) await client.create(order(), inMs(20));
    expect(client.canCall).toBe(true);
  });

  it('is available again after it recovers', async () => {
    await hang();
    stub.recover();
    await eventually('Inventory is available', () => client.canCall, 3_000);
    expect(await client.create(order(), inMs(5_000))).toMatchObject(HELD);
  });

  it('stays unavailable while its health is NOT_SERVING', async () => {
    await hang();
    stub.cannotServe();
    const checks = stub.healthChecks;
    await eventually('some health checks are sent', () => stub.healthChecks > checks + 3);
    expect(client.canCall).toBe(false);
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
      expect(client.canCall).toBe(true);
    },
  );
});

it('skips calls while the connection is refused, and makes them after Inventory has started', async () => {
  stub.stop();
  await eventually('Inventory is unavailable', () => !client.canCall, 3_000);
  const { result, tookMs } = await timed(client.release(order('CANCELLING'), inMs(5_000)));
  expect(result).toEqual({ kind: 'skipped' });
  expect(tookMs).toBeLessThan(AT_ONCE_MS);
  await stub.listenAgain();
  await eventually('Inventory is available', () => client.canCall, 3_000);
  expect(await client.create(order(), inMs(5_000))).toMatchObject(HELD);
});
