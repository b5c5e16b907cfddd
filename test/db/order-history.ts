import { ageOrders } from './aged-orders';
import { type Reply } from '../../apps/orders/src/order/reply';
import { retryTransition } from '../../apps/orders/src/order/order-transition';
import { isUnfinished } from '../../apps/orders/src/order/order';
import type { OrderFlow } from './order-flow';

const BASKET = [
  { sku: 'pizza', quantity: 1 },
  { sku: 'burger', quantity: 2 },
  { sku: 'burger', quantity: 3 },
];
const TOO_MUCH = [
  { sku: 'pizza', quantity: 99 },
  { sku: 'salad', quantity: 1 },
];
const NO_RESPONSE: Reply = { kind: 'noResponse', reason: 'UNAVAILABLE' };
const REJECTION: Reply = { kind: 'rejected', reason: 'INTERNAL' };
const HOUR_MS = 3_600_000;

/** The id of an order of this time. */
const idAt = (ms: number, nth: number): string => {
  const time = ms.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-0000000000${String(nth)}`;
};

const startedMs = Date.now();
const idOf = (nth: number): string => idAt(startedMs, nth);

/** When an order was placed that Inventory found too old, and when the first version ran. */
const LONG_AGO = '2022-01-01Z';
const FIRST_VERSION = '2021-01-01Z';

/** The orders of the history, by what happened to them. */
export const IDS = {
  pending: idOf(10),
  parked: idOf(11),
  retried: idOf(12),
  confirmed: idOf(13),
  rejected: idOf(14),
  cancelling: idOf(15),
  cancelled: idOf(16),
  overdue: idOf(17),
  fulfilling: idOf(18),
  fulfilled: idOf(19),
  released: idOf(20),
  mismatched: idOf(21),
  takenByHand: idOf(22),
  forgotten: idAt(Date.parse(LONG_AGO), 23),
  old: idAt(Date.parse(FIRST_VERSION), 24),
  oldCancelled: idAt(Date.parse(FIRST_VERSION), 25),
  guest: idOf(26),
  taken: idOf(27),
  reducing: idOf(28),
  reduced: idOf(29),
  reducedTwice: idOf(30),
  cancelledReducing: idOf(31),
  expired: idOf(32),
} as const;

/** Creates orders in every possible state with the code of both apps. The corruptions refer to them. */
export const createHistory = async (flow: OrderFlow): Promise<void> => {
  await flow.apps.stock.seed([
    { sku: 'burger', onHand: 1_000 },
    { sku: 'pizza', onHand: 50 },
  ]);
  await createUnfinished(flow);
  // Afterwards, Inventory finds orders of the first version too old.
  await createOld(flow);
  await createFinished(flow);
  await createReduced(flow);
  await flow.apps.reservations.create(IDS.guest, BASKET, HOUR_MS);
  await flow.apps.reservations.create('a-caller', BASKET);
  await flow.apps.reservations.take({ sku: 'burger', quantity: 1 }, IDS.taken);
};

const createUnfinished = async (flow: OrderFlow): Promise<void> => {
  await flow.place({ id: IDS.pending });
  let parked = await flow.place({ id: IDS.parked });
  for (const reply of [NO_RESPONSE, REJECTION, REJECTION]) parked = await flow.apply(parked, reply);
  const retried = await flow.apply(await flow.place({ id: IDS.retried }), NO_RESPONSE);
  if (isUnfinished(retried))
    await flow.record(
      retryTransition(retried, 'CUSTOMER', { graceMs: 1_000, parkAfterRefusals: 2 }),
    );
  await flow.request(await confirmed(flow, IDS.cancelling), 'cancel');
  await flow.request(await confirmed(flow, IDS.fulfilling), 'fulfill');
};

const createFinished = async (flow: OrderFlow): Promise<void> => {
  const { reservations } = flow.apps;
  const first = await flow.place({ id: IDS.confirmed, items: BASKET, idempotencyKey: 'k' });
  await flow.advance(await flow.apply(first, NO_RESPONSE));
  await flow.advance(await flow.place({ id: IDS.rejected, items: TOO_MUCH }));
  await flow.advance(await flow.request(await confirmed(flow, IDS.cancelled), 'cancel'));
  const overdue = await flow.place({ id: IDS.overdue });
  await ageOrders(flow.orders, '2 seconds', overdue.id);
  await flow.orders.query(
    `update orders set accept_by = created_at + interval '1 second' where id = $1`,
    [overdue.id],
  );
  await flow.advance(await flow.request(overdue, 'cancel', 'SYSTEM'));
  await flow.advance(await flow.request(await confirmed(flow, IDS.expired), 'cancel', 'SYSTEM'));
  await flow.advance(await flow.request(await confirmed(flow, IDS.fulfilled), 'fulfill'));
  await reservations.release(IDS.released);
  await flow.advance(await flow.place({ id: IDS.released }));
  await reservations.create(IDS.mismatched, BASKET);
  await flow.advance(await flow.place({ id: IDS.mismatched }));
  const asked = await flow.request(await confirmed(flow, IDS.takenByHand), 'cancel');
  await reservations.commit(IDS.takenByHand);
  await flow.advance(asked);
  await flow.inventory.query(`update tombstone_horizon set forgotten_before = '2023-01-01Z'`);
  await flow.place({ id: IDS.forgotten });
  await placedAt(flow, IDS.forgotten, LONG_AGO);
  await flow.advance(await flow.find(IDS.forgotten));
};

/** Orders with a reduction: under way, recorded, fulfilled after two, and cancelled under way. */
const createReduced = async (flow: OrderFlow): Promise<void> => {
  const keep = (units: Readonly<Record<string, number>>) =>
    Object.entries(units).map(([sku, quantity]) => ({ sku, quantity }));
  await flow.reduce(await confirmed(flow, IDS.reducing), keep({ burger: 4 }));
  await flow.advance(await flow.reduce(await confirmed(flow, IDS.reduced), keep({ pizza: 0 })));
  const first = await flow.reduce(await confirmed(flow, IDS.reducedTwice), keep({ burger: 3 }));
  const once = await flow.advance(await flow.apply(first, NO_RESPONSE));
  const twice = await flow.reduce(once, keep({ burger: 1, pizza: 0 }));
  await flow.advance(await flow.request(await flow.advance(twice), 'fulfill'));
  const asked = await flow.reduce(
    await confirmed(flow, IDS.cancelledReducing),
    keep({ burger: 0 }),
  );
  await flow.advance(await flow.request(asked, 'cancel'));
};

/** Changes a new order as if it was placed then. */
const placedAt = (flow: OrderFlow, id: string, time: string): Promise<unknown> =>
  flow.orders.query(
    `with placed as (
       update orders set created_at = $2, updated_at = $2, accept_by = $2::timestamptz + '1 minute'
        where id = $1)
     update order_event set occurred_at = $2 where order_id = $1`,
    [id, time],
  );

/** Orders of the first version, which had no timeline. */
const createOld = async (flow: OrderFlow): Promise<void> => {
  for (const id of [IDS.old, IDS.oldCancelled]) {
    await flow.orders.query(
      `insert into orders (id, user_id, status, attempts, accept_by, created_at, updated_at)
       values ($1, 'u', 'CONFIRMED', 3, now(), $2, $2)`,
      [id, FIRST_VERSION],
    );
    await flow.orders.query(`insert into order_item values ($1, 0, 'burger', 1)`, [id]);
    await flow.apps.reservations.create(id, [{ sku: 'burger', quantity: 1 }]);
  }
  await flow.advance(await flow.request(await flow.find(IDS.oldCancelled), 'cancel'));
};

const confirmed = async (flow: OrderFlow, id: string) =>
  flow.advance(await flow.place({ id, items: BASKET }));
