import { compare } from './compare';
import { type OrderLives, startOrderLives } from './order-lives';
import { times } from '../harness/wait';

/** Both apps, at work on two databases that are compared meanwhile. */
let lives: OrderLives;

beforeAll(async () => {
  lives = await startOrderLives();
  await lives.apps.stock.seed([{ sku: 'burger', onHand: 1_000_000 }]);
});

afterAll(async () => {
  await lives.disconnect();
  await lives.orders.drop();
  await lives.inventory.drop();
});

/** As if Inventory had been read just before it decided, and Orders just after it wrote that. */
const confirmedTooEarly = async () => {
  const order = await lives.place({});
  return lives.follow(order, { kind: 'decided', outcome: 'HELD', shortages: [] });
};

it('what is right at the second look was only in flight', async () => {
  const { id, items } = await confirmedTooEarly();
  const pause = () => lives.apps.reservations.create(id, items);
  expect(await compare(lives, { pause })).toMatchObject({ lines: [], passing: 1 });
});

/** As if something had happened to it just now. */
const touch = (id: string) =>
  lives.orders.query(
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
    await (looks < 5 ? touch(id) : lives.apps.reservations.create(id, items));
  };
  expect(await compare(lives, { pause })).toMatchObject({ lines: [], passing: 1 });
  expect(looks).toBe(5);
});

it('what never comes to rest is not looked at for ever', async () => {
  const { id, items } = await confirmedTooEarly();
  let looks = 0;
  const pause = async () => {
    looks += 1;
    await touch(id);
  };
  expect(await compare(lives, { pause })).toMatchObject({ lines: [], passing: 1 });
  expect(looks).toBe(20);
  await lives.apps.reservations.create(id, items);
});

it('what was wrong, changed, and then stays wrong is a difference', async () => {
  const { id } = await confirmedTooEarly();
  let looks = 0;
  const pause = async () => {
    looks += 1;
    if (looks === 1) await lives.apps.reservations.release(id);
  };
  const { lines, passing } = await compare(lives, { pause });
  expect(lines).toEqual([
    expect.stringMatching(/^confirmed: order .*, found RELEASED with no lines$/),
  ]);
  expect({ passing, looks }).toEqual({ passing: 0, looks: 2 });
  await lives.drive(await lives.ask(await lives.find(id), 'cancel'));
});

it('no difference is made up, in twenty comparisons of two databases at work', async () => {
  let comparing = true;
  let lived = 0;
  const work = async (worker: number) => {
    for (let round = 0; comparing; round += 1) {
      const order = await lives.drive(await lives.place({ userId: `worker-${worker}` }));
      if (round % 3 === 0) await lives.drive(await lives.ask(order, 'cancel'));
      if (round % 3 === 1) await lives.drive(await lives.ask(order, 'fulfil'));
      lived += 1;
    }
  };
  const workers = Promise.all(times(8, work));
  const found: string[] = [];
  let meanwhile = 0;
  try {
    while (meanwhile < 20) {
      const before = lived;
      found.push(...(await compare(lives)).lines);
      if (lived > before) meanwhile += 1;
    }
  } finally {
    comparing = false;
    await workers;
  }
  expect(found).toEqual([]);
  const { lines, inFlight } = await compare(lives, { atRest: true });
  expect({ lines, inFlight }).toEqual({ lines: [], inFlight: new Map() });
});
