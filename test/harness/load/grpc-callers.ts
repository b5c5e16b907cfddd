import { Client, credentials } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import {
  type BatchCreateReservationsResponse,
  INVENTORY_PACKAGE,
  INVENTORY_PROTO,
  INVENTORY_SERVICE,
  loadProto,
  ReservationState,
  type ReserveStockResponse,
} from '@app/contracts';
import { type Answer, type Caller, UNANSWERED_PAUSE_MS, wrong } from './caller';

/** A single connection would be the bottleneck. */
const CHANNELS = 4;

/** Without this option, all clients of an address share one connection. */
const OWN_CONNECTION = { 'grpc.use_local_subchannel_pool': 1 };

type Serialize = (request: object) => Buffer;

interface Method<Reply> {
  readonly path: string;
  readonly serialize: Serialize;
  readonly deserialize: (bytes: Buffer) => Reply;
}

export const methodOf = <Reply>(name: string): Method<Reply> => {
  const service = loadProto(INVENTORY_PROTO)[`${INVENTORY_PACKAGE}.${INVENTORY_SERVICE}`];
  const method = (service as unknown as Record<string, MethodDefinition<object, object>>)[name];
  if (!method) throw new Error(`There is no ${name}`);
  return {
    path: method.path,
    serialize: method.requestSerialize,
    deserialize: method.responseDeserialize as (bytes: Buffer) => Reply,
  };
};

/** gRPC clients, spread over the addresses. Callers share them. */
export class Channels {
  private readonly clients: readonly Client[];

  constructor(addresses: readonly string[]) {
    this.clients = Array.from({ length: Math.max(CHANNELS, addresses.length) }, (_, index) => {
      const address = addresses[index % addresses.length] ?? '';
      return new Client(address, credentials.createInsecure(), OWN_CONNECTION);
    });
  }

  at(index: number): Client {
    const client = this.clients[index % this.clients.length];
    if (!client) throw new Error('There is no channel');
    return client;
  }

  close(): void {
    for (const client of this.clients) client.close();
  }
}

const asIs = (bytes: Buffer): Buffer => bytes;

const unary = <Reply>(
  client: Client,
  path: string,
  deserialize: (bytes: Buffer) => Reply,
  bytes: Buffer,
  judge: (reply: Reply) => Answer,
): Promise<Answer> =>
  new Promise((resolve) => {
    client.makeUnaryRequest(path, asIs, deserialize, bytes, (error, reply) => {
      if (error) resolve(wrong(error.message, UNANSWERED_PAUSE_MS));
      else if (reply === undefined) resolve(wrong('no reply'));
      else resolve(judge(reply));
    });
  });

export const reserveRequests = (baskets: readonly string[][]): Buffer[] => {
  const { serialize } = methodOf('ReserveStock');
  return baskets.map(([sku]) => serialize({ sku, quantity: 1, reservationId: '' }));
};

/** Returns a client of ReserveStock. */
export const reserveCaller = (client: Client, next: () => Buffer): Caller<Answer> => {
  const { path, deserialize } = methodOf<ReserveStockResponse>('ReserveStock');
  const expected: Answer = { outcome: 'expected', results: 1, units: 1 };
  const judge = (reply: ReserveStockResponse): Answer =>
    reply.reserved && reply.reservationId !== '' ? expected : wrong(JSON.stringify(reply));
  return {
    call: () => unary(client, path, deserialize, next(), judge),
  };
};

/** Returns a client of BatchCreateReservations. Each reservation has an id of its own. */
export const batchCaller = (
  client: Client,
  batch: number,
  next: () => BatchItem,
): Caller<Answer> => {
  const method = methodOf<BatchCreateReservationsResponse>('BatchCreateReservations');
  const { path, serialize, deserialize } = method;
  const expected: Answer = { outcome: 'expected', results: batch, units: batch };
  return {
    call: () => {
      const items = Array.from({ length: batch }, next);
      const requests = items.map(({ id, sku }) => ({
        reservationId: id,
        lines: [{ sku, quantity: 1 }],
      }));
      return unary(client, path, deserialize, serialize({ requests }), ({ results }) => {
        const fault = items.findIndex(({ id }, index) => !isHeld(results[index], id));
        return fault < 0 ? expected : wrong(JSON.stringify(results[fault] ?? 'no result'));
      });
    },
  };
};

export interface BatchItem {
  readonly id: string;
  readonly sku: string;
}

const isHeld = (
  result: BatchCreateReservationsResponse['results'][number] | undefined,
  id: string,
): boolean =>
  result?.reservation?.reservationId === id &&
  result.reservation.state === ReservationState.RESERVATION_STATE_HELD;
