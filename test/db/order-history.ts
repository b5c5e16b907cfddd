import { type Reply } from '../../apps/orders/src/order/reply';
import { retryTransition } from '../../apps/orders/src/order/order-transition';
import { isUnfinished } from '../../apps/orders/src/order/order';
import type { OrderLives } from './order-lives';

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

/** The orders of the history. Each name is what has become of it. */
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

/** Everything that can become of an order, by the apps' own doing. `corruptions` count on it. */
export const makeHistory = async (lives: OrderLives): Promise<void> => {
  await lives.apps.stock.seed([
    { sku: 'burger', onHand: 1_000 },
    { sku: 'pizza', onHand: 50 },
  ]);
  await makeUnfinished(lives);
  await makeFinished(lives);
  await makeOld(lives);
  await lives.apps.reservations.create(IDS.guest, BASKET, HOUR_MS);
  await lives.apps.reservations.create('a-caller', BASKET);
  await lives.apps.reservations.take({ sku: 'burger', quantity: 1 }, IDS.taken);
};

const makeUnfinished = async (lives: OrderLives): Promise<void> => {
  await lives.place({ id: IDS.pending });
  let parked = await lives.place({ id: IDS.parked });
  for (const reply of [NO_RESPONSE, REJECTION, REJECTION])
    parked = await lives.follow(parked, reply);
  const retried = await lives.follow(await lives.place({ id: IDS.retried }), NO_RESPONSE);
  if (isUnfinished(retried))
    await lives.record(retryTransition(retried, { graceMs: 1_000, parkAfterRefusals: 2 }));
  await lives.ask(await confirmed(lives, IDS.cancelling), 'cancel');
  await lives.ask(await confirmed(lives, IDS.fulfilling), 'fulfil');
};

const makeFinished = async (lives: OrderLives): Promise<void> => {
  const { reservations } = lives.apps;
  const first = await lives.place({ id: IDS.confirmed, items: BASKET, idempotencyKey: 'k' });
  await lives.drive(await lives.follow(first, NO_RESPONSE));
  await lives.drive(await lives.place({ id: IDS.rejected, items: TOO_MUCH }));
  await lives.drive(await lives.ask(await confirmed(lives, IDS.cancelled), 'cancel'));
  const overdue = await lives.place({ id: IDS.overdue });
  await lives.orders.query('update orders set accept_by = created_at where id = $1', [overdue.id]);
  await lives.drive(await lives.ask(overdue, 'cancel', 'SETTLER'));
  await lives.drive(await lives.ask(await confirmed(lives, IDS.fulfilled), 'fulfil'));
  await reservations.release(IDS.released);
  await lives.drive(await lives.place({ id: IDS.released }));
  await reservations.create(IDS.mismatched, BASKET);
  await lives.drive(await lives.place({ id: IDS.mismatched }));
  const asked = await lives.ask(await confirmed(lives, IDS.takenByHand), 'cancel');
  await reservations.commit(IDS.takenByHand);
  await lives.drive(asked);
  await lives.inventory.query(`update tombstone_horizon set forgotten_before = '2020-01-01Z'`);
  await lives.drive(await lives.place({ id: IDS.forgotten }));
};

/** Orders of the first version, which kept no timeline. */
const makeOld = async (lives: OrderLives): Promise<void> => {
  for (const id of [IDS.old, IDS.oldCancelled]) {
    await lives.orders.query(
      `insert into orders (id, user_id, status, attempts, accept_by, created_at, updated_at)
       values ($1, 'u', 'CONFIRMED', 3, now(), '2021-01-01Z', '2021-01-01Z')`,
      [id],
    );
    await lives.orders.query(`insert into order_item values ($1, 0, 'burger', 1)`, [id]);
    await lives.apps.reservations.create(id, [{ sku: 'burger', quantity: 1 }]);
  }
  await lives.drive(await lives.ask(await lives.find(IDS.oldCancelled), 'cancel'));
};

const confirmed = async (lives: OrderLives, id: string) =>
  lives.drive(await lives.place({ id, items: BASKET }));
