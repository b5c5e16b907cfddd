import { compare } from './compare';
import { type OrderFlow, startOrderFlow } from './order-flow';
import { times } from '../harness/wait';

/** Both apps, at work on two databases that are compared meanwhile. */
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

/** As if Inventory had been read just before it decided, and Orders just after it wrote that. */
const confirmedTooEarly = async () => {
  const order = await flow.place({});
  return flow.apply(order, { kind: 'decided', outcome: 'HELD', shortages: [] });
};

it('what is right at the second look was only in flight', async () => {
  const { id, items } = await confirmedTooEarly();
  const pause = () => flow.apps.reservations.create(id, items);
  expect(await compare(flow, { pause })).toMatchObject({ lines: [], passing: 1 });
});

/** As if something had happened to it just now. */
const touch = (id: string) =>
  flow.orders.query(
    `with touched as (update orders set updated_at = now() where id = $1 returning last_seq)
     update order_event set occurred_at = now() from touched
      where order_id = $1 and seq = last_seq`,
    [id],
  );

it('what changes from look to look is in flight for as long as it does', async () => {
  const { id, items } = await confirmedTooEarly();
  let looks = 0;
  const pause = async () => {
    looks += 1;
    await (looks < 5 ? touch(id) : flow.apps.reservations.create(id, items));
  };
  expect(await compare(flow, { pause })).toMatchObject({ lines: [], passing: 1 });
  expect(looks).toBe(5);
});

it('what never comes to rest is not looked at for ever', async () => {
  const { id, items } = await confirmedTooEarly();
  let looks = 0;
  const pause = async () => {
    looks += 1;
    await touch(id);
  };
  expect(await compare(flow, { pause })).toMatchObject({ lines: [], passing: 1 });
  expect(looks).toBe(20);
  await flow.apps.reservations.create(id, items);
});

it('what was wrong, changed, and then stays wrong is a difference', async () => {
  const { id } = await confirmedTooEarly();
  let looks = 0;
  const pause = async () => {
    looks += 1;
    if (looks === 1) await flow.apps.reservations.release(id);
  };
  const { lines, passing } = await compare(flow, { pause });
  expect(lines).toEqual([
    expect.stringMatching(/^confirmed: order .*, found RELEASED with no lines$/),
  ]);
  expect({ passing, looks }).toEqual({ passing: 0, looks: 2 });
  await flow.advance(await flow.request(await flow.find(id), 'cancel'));
});

it('no difference is made up, in twenty comparisons of two databases at work', async () => {
  let comparing = true;
  let lived = 0;
  const work = async (worker: number) => {
    for (let round = 0; comparing; round += 1) {
      const order = await flow.advance(await flow.place({ userId: `worker-${worker}` }));
      if (round % 3 === 0) await flow.advance(await flow.request(order, 'cancel'));
      if (round % 3 === 1) await flow.advance(await flow.request(order, 'fulfil'));
      lived += 1;
    }
  };
  const workers = Promise.all(times(8, work));
  const found: string[] = [];
  let meanwhile = 0;
  try {
    while (meanwhile < 20) {
      const before = lived;
      found.push(...(await compare(flow)).lines);
      if (lived > before) meanwhile += 1;
    }
  } finally {
    comparing = false;
    await workers;
  }
  expect(found).toEqual([]);
  const { lines, inFlight } = await compare(flow, { atRest: true });
  expect({ lines, inFlight }).toEqual({ lines: [], inFlight: new Map() });
});
