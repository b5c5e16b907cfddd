import { randomUUID } from 'node:crypto';
import { times } from '../wait';
import { basketsOf } from './baskets';
import type { Answer, Caller } from './caller';
import { batchCaller, Channels, reserveCaller, reserveRequests } from './grpc-callers';
import { orderCaller, orderRequest } from './order-caller';
import type { LoadPlan } from './plan';

export interface Callers {
  readonly all: readonly Caller<Answer>[];
  close(): void;
}

/** Returns as many clients as the plan says, spread over the addresses. */
export const callersOf = (plan: LoadPlan): Callers => {
  const { call, addresses, clients, batch = 1 } = plan;
  if (call === 'order') return orderCallers(plan);
  const baskets = basketsOf(plan.wanted);
  const channels = new Channels(addresses);
  const close = (): void => channels.close();
  if (call === 'reserve') {
    const next = cycle(reserveRequests(baskets));
    return { all: times(clients, (index) => reserveCaller(channels.at(index), next)), close };
  }
  const sku = cycle(baskets.map(([first = '']) => first));
  const id = newIds();
  const next = () => ({ id: id(), sku: sku() });
  return { all: times(clients, (index) => batchCaller(channels.at(index), batch, next)), close };
};

const orderCallers = (plan: LoadPlan): Callers => {
  const { addresses, clients, hasKeys, tokens = [] } = plan;
  const baskets = basketsOf(plan.wanted);
  const [host = ''] = addresses;
  const key = newIds();
  const nextBasket = cycle(baskets);
  const requests = (): Buffer[] =>
    tokens.length > 0
      ? tokens.map((token) => orderRequest(host, nextBasket(), { token }))
      : baskets.map((skus) => orderRequest(host, skus));
  const next = hasKeys ? () => orderRequest(host, nextBasket(), { key: key() }) : cycle(requests());
  const all = times(clients, (index) =>
    orderCaller(addresses[index % addresses.length] ?? '', plan, next),
  );
  return { all, close: () => all.forEach((caller) => caller.close()) };
};

/** Returns the values one by one, again and again. */
const cycle = <Value>(values: readonly Value[]): (() => Value) => {
  let turn = 0;
  return () => {
    const value = values[turn % values.length];
    turn += 1;
    if (value === undefined) throw new Error('There is nothing to send');
    return value;
  };
};

/** Ascending like the order ids, but of another form: no order has them. */
const newIds = (): (() => string) => {
  const prefix = `load-${Date.now().toString(36)}-${randomUUID().slice(0, 8)}`;
  let sequence = 0;
  return () => {
    sequence += 1;
    return `${prefix}-${String(sequence).padStart(8, '0')}`;
  };
};
