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

const idOf = (nth: number): string => `01930000-0000-7000-8000-0000000000${String(nth)}`;

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
  forgotten: '01500000-0000-7000-8000-000000000023',
  old: '01700000-0000-7000-8000-000000000024',
  oldCancelled: '01700000-0000-7000-8000-000000000025',
  guest: idOf(26),
  taken: idOf(27),
} as const;

/** Creates orders in every possible state with the code of both apps. The corruptions refer to them. */
export const createHistory = async (flow: OrderFlow): Promise<void> => {
  await flow.apps.stock.seed([
    { sku: 'burger', onHand: 1_000 },
    { sku: 'pizza', onHand: 50 },
  ]);
  await createUnfinished(flow);
  await createFinished(flow);
  await createOld(flow);
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
    await flow.record(retryTransition(retried, { graceMs: 1_000, parkAfterRefusals: 2 }));
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
  await flow.orders.query('update orders set accept_by = created_at where id = $1', [overdue.id]);
  await flow.advance(await flow.request(overdue, 'cancel', 'SYSTEM'));
  await flow.advance(await flow.request(await confirmed(flow, IDS.fulfilled), 'fulfill'));
  await reservations.release(IDS.released);
  await flow.advance(await flow.place({ id: IDS.released }));
  await reservations.create(IDS.mismatched, BASKET);
  await flow.advance(await flow.place({ id: IDS.mismatched }));
  const asked = await flow.request(await confirmed(flow, IDS.takenByHand), 'cancel');
  await reservations.commit(IDS.takenByHand);
  await flow.advance(asked);
  await flow.inventory.query(`update tombstone_horizon set forgotten_before = '2020-01-01Z'`);
  await flow.advance(await flow.place({ id: IDS.forgotten }));
};

/** Orders of the first version, which had no timeline. */
const createOld = async (flow: OrderFlow): Promise<void> => {
  for (const id of [IDS.old, IDS.oldCancelled]) {
    await flow.orders.query(
      `insert into orders (id, user_id, status, attempts, accept_by, created_at, updated_at)
       values ($1, 'u', 'CONFIRMED', 3, now(), '2021-01-01Z', '2021-01-01Z')`,
      [id],
    );
    await flow.orders.query(`insert into order_item values ($1, 0, 'burger', 1)`, [id]);
    await flow.apps.reservations.create(id, [{ sku: 'burger', quantity: 1 }]);
  }
  await flow.advance(await flow.request(await flow.find(IDS.oldCancelled), 'cancel'));
};

const confirmed = async (flow: OrderFlow, id: string) =>
  flow.advance(await flow.place({ id, items: BASKET }));
