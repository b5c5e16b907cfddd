import { grpcStatusOf, ServiceError } from '@app/errors';
import type { TestingModule } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import { InventoryStub, reservation } from './inventory-stub';
import { silentLogger } from './silent-logger';
import { eventually } from './wait';
import type { OrderStatus } from '../../apps/orders/src/order/lifecycle';
import {
  isUnfinished,
  newOrder,
  type Order,
  pendingOrder,
  type UnfinishedOrder,
} from '../../apps/orders/src/order/order';
import type { Reply } from '../../apps/orders/src/order/reply';
import { InventoryChannelModule } from '../../apps/orders/src/inventory/inventory-channel.module';
import { ReservationClient } from '../../apps/orders/src/order/reservation.client';

/** Longer than a busy machine takes to skip a call, and shorter than the deadlines in these tests. */
export const AT_ONCE_MS = 1_500;

export let stub: InventoryStub;
export let instance: TestingModule;
export let client: ReservationClient;

export const order = (state: OrderStatus = 'PENDING'): UnfinishedOrder => {
  const items = [{ sku: 'burger', quantity: 1 }];
  const request = newOrder({ userId: 'u', note: null, idempotencyKey: null, items });
  const result: Order = { ...pendingOrder(request, new Date(0)), status: state };
  if (!isUnfinished(result)) throw new Error(`${state} is not an unfinished status`);
  return result;
};

export const inMs = (ms: number): Date => new Date(Date.now() + ms);

export const timed = async <Result>(work: Promise<Result>) => {
  const startedMs = performance.now();
  const result = await work;
  return { result, tookMs: performance.now() - startedMs };
};

/** Makes the stub hold the next calls until `release`. */
export const holdCalls = (): { release: () => void } => {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  stub.behave(async ({ ids }) => {
    await gate;
    return { results: ids.map((id) => ({ reservation: reservation(id, 'HELD') })) };
  });
  return { release };
};

export const received = (count: number) =>
  eventually(`${count} calls are received`, () => stub.calls.length === count);

export const outcomesOf = (replies: readonly Reply[]) =>
  replies.map((reply) => (reply.kind === 'decided' ? reply.outcome : reply.kind));

export const HELD = { kind: 'decided', outcome: 'HELD' };
export const TOO_LATE = { kind: 'noResponse', reason: 'DEADLINE_EXCEEDED' };

/** Provides the tests of a file with a ReservationClient and a stub of Inventory. */
export const useReservationClient = (): void => {
  beforeEach(async () => {
    stub = await InventoryStub.start();
    instance = await Test.createTestingModule({
      imports: [InventoryChannelModule.at(stub.address)],
      providers: [ReservationClient],
    })
      .setLogger(silentLogger)
      .compile();
    await instance.init();
    client = instance.get(ReservationClient);
    // The first call opens the connection.
    await eventually('a call is answered', async () => {
      const { kind } = await client.create(order(), inMs(1_000));
      return kind === 'decided';
    });
    stub.calls.length = 0;
  });

  afterEach(async () => {
    await instance.close();
    stub.stop();
  });
};

/** An INTERNAL error with the ErrorInfo of Inventory. */
export const internal = Object.assign(
  new Error('a message'),
  grpcStatusOf(new ServiceError('INTERNAL', 'a message')),
);
