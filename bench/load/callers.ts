import { randomUUID } from 'node:crypto';
import { basketsOf } from './baskets';
import type { Caller } from './caller';
import { batchCaller, Channels, reserveCaller, reserveRequests } from './grpc-callers';
import { orderCaller, orderRequests } from './order-caller';
import type { LoadPlan } from './plan';

/** What is there is given over and over. */
const inTurn = <Value>(values: readonly Value[]): (() => Value) => {
  let turn = 0;
  return () => {
    const value = values[turn % values.length];
    turn += 1;
    if (value === undefined) throw new Error('There is nothing to send');
    return value;
  };
};

export interface Callers {
  readonly all: readonly Caller[];
  close(): void;
}

/** As many clients as the plan says, connected, each at one of the addresses. */
export const callersOf = async (plan: LoadPlan): Promise<Callers> => {
  const { call, addresses, clients, batch = 1 } = plan;
  const baskets = basketsOf(plan.wanted);
  const indexes = Array.from({ length: clients }, (_, index) => index);
  if (call === 'order') {
    const address = addresses[0] ?? '';
    const next = inTurn(orderRequests(baskets, address));
    const all = await Promise.all(
      indexes.map((index) => orderCaller(addresses[index % addresses.length] ?? '', plan, next)),
    );
    return { all, close: () => all.forEach((caller) => caller.close()) };
  }
  const channels = new Channels(addresses);
  const close = (): void => channels.close();
  if (call === 'reserve') {
    const next = inTurn(reserveRequests(baskets));
    return { all: indexes.map((index) => reserveCaller(channels.at(index), next)), close };
  }
  const sku = inTurn(baskets.map(([first = '']) => first));
  const id = newIds();
  const next = () => ({ id: id(), sku: sku() });
  return { all: indexes.map((index) => batchCaller(channels.at(index), batch, next)), close };
};

/** Ascending, as those of Orders are. Of another form: there is no order that they belong to. */
const newIds = (): (() => string) => {
  const prefix = `bench-${Date.now().toString(36)}-${randomUUID().slice(0, 8)}`;
  let made = 0;
  return () => {
    made += 1;
    return `${prefix}-${String(made).padStart(8, '0')}`;
  };
};
