import { times } from '../../../../test/harness/wait';
import { OrderActivity } from './order-activity';
import type { OrderTransition } from './order-transition';

const transition = (
  from: OrderTransition['from'],
  to: OrderTransition['to'],
  cancelReason: OrderTransition['cancelReason'] = null,
): OrderTransition => ({
  ...{ id: 'o-1', from, to, event: 'CONFIRMED', actor: 'CUSTOMER', reason: null, cancelReason },
  ...{ dueInMs: null, parking: 'keep', attempts: 0, refusals: 0 },
});

it('states the orders per second by outcome since the last line', () => {
  const activity = new OrderActivity();
  times(15, () => activity.recordTransition(transition('PENDING', 'CONFIRMED')));
  activity.recordTransition(transition('PENDING', 'CANCELLED', 'INSUFFICIENT_STOCK'));
  activity.recordTransition(transition('CANCELLING', 'CANCELLED', 'REQUESTED'));
  activity.recordTransition(transition('FULFILLING', 'FULFILLED'));
  activity.recordPending();
  expect(activity.take(5)).toBe(
    'Orders per second: 3.0 confirmed, 0.2 out of stock, 0.2 pending, 0.2 cancelled, 0.2 fulfilled',
  );
  activity.recordPending();
  expect(activity.take(2)).toBe('Orders per second: 0.5 pending');
});

it('states nothing without a decided order', () => {
  const activity = new OrderActivity();
  activity.recordTransition(transition('PENDING', 'PENDING'));
  activity.recordTransition(transition('CONFIRMED', 'FULFILLING'));
  activity.recordTransition(transition('CONFIRMED', 'CANCELLING', 'REQUESTED'));
  expect(activity.take(5)).toBeUndefined();
});
