import { compare } from './compare';
import { type OrderFlow, startOrderFlow } from './order-flow';
import { times } from '../harness/wait';

/** Both services, which write to two databases while they are compared. */
let flow: OrderFlow;

beforeAll(async () => {
  flow = await startOrderFlow();
  await flow.apps.stock.seed([{ sku: 'burger', onHand: 1_000_000 }]);
});

afterAll(async () => {
  await flow.disconnect();
  await flow.orders.drop();
  await flow.inventory.drop();
});

/** As if Inventory was read just before it decided, and Orders just after it recorded the decision. */
const confirmedTooEarly = async () => {
  const order = await flow.place({});
  return flow.apply(order, { kind: 'decided', outcome: 'HELD', shortages: [] });
};

it('a pair that agrees in the second read was in flight', async () => {
  const { id, items } = await confirmedTooEarly();
  const pause = () => flow.apps.reservations.create(id, items);
  expect(await compare(flow, { pause })).toMatchObject({ lines: [], transient: 1 });
});

/** Changes the order as if an event had just occurred. */
const touch = (id: string) =>
  flow.orders.query(
    `with touched as (update orders set updated_at = now() where id = $1 returning last_seq)
     update order_event set occurred_at = now() from touched
      where order_id = $1 and seq = last_seq`,
    [id],
  );

it('a pair that changes between reads is in flight', async () => {
  const { id, items } = await confirmedTooEarly();
  let reads = 0;
  const pause = async () => {
    reads += 1;
    await (reads < 5 ? touch(id) : flow.apps.reservations.create(id, items));
  };
  expect(await compare(flow, { pause })).toMatchObject({ lines: [], transient: 1 });
  expect(reads).toBe(5);
});

it('a pair that keeps changing is read a bounded number of times', async () => {
  const { id, items } = await confirmedTooEarly();
  let reads = 0;
  const pause = async () => {
    reads += 1;
    await touch(id);
  };
  expect(await compare(flow, { pause })).toMatchObject({ lines: [], transient: 1 });
  expect(reads).toBe(20);
  await flow.apps.reservations.create(id, items);
});

it('a pair that changed once and still contradicts is a difference', async () => {
  const { id } = await confirmedTooEarly();
  let reads = 0;
  const pause = async () => {
    reads += 1;
    if (reads === 1) await flow.apps.reservations.release(id);
  };
  const { lines, transient } = await compare(flow, { pause });
  expect(lines).toEqual([
    expect.stringMatching(/^confirmed: order .*, found RELEASED with no lines$/),
  ]);
  expect({ transient, reads }).toEqual({ transient: 0, reads: 2 });
  await flow.advance(await flow.request(await flow.find(id), 'cancel'));
});

it('twenty comparisons of databases in use find no false difference', async () => {
  let comparing = true;
  let finished = 0;
  const work = async (worker: number) => {
    for (let round = 0; comparing; round += 1) {
      const order = await flow.advance(await flow.place({ userId: `worker-${worker}` }));
      if (round % 3 === 0) await flow.advance(await flow.request(order, 'cancel'));
      if (round % 3 === 1) await flow.advance(await flow.request(order, 'fulfill'));
      finished += 1;
    }
  };
  const workers = Promise.all(times(8, work));
  const found: string[] = [];
  let meanwhile = 0;
  try {
    while (meanwhile < 20) {
      const before = finished;
      found.push(...(await compare(flow)).lines);
      if (finished > before) meanwhile += 1;
    }
  } finally {
    comparing = false;
    await workers;
  }
  expect(found).toEqual([]);
  const { lines, inFlight } = await compare(flow, { atRest: true });
  expect({ lines, inFlight }).toEqual({ lines: [], inFlight: new Map() });
});
