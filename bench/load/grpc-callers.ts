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
import { type Answer, type Caller, wrong } from './caller';

/** Connections in all: with one, its flow of frames would be the bottleneck. */
const CHANNELS = 4;

/** Without a pool of its own, all clients of an address would share one connection. */
const OWN_CONNECTION = { 'grpc.use_local_subchannel_pool': 1 };

type Serialize = (request: object) => Buffer;

interface Method<Reply> {
  readonly path: string;
  readonly serialize: Serialize;
  readonly deserialize: (bytes: Buffer) => Reply;
}

const methodOf = <Reply>(name: string): Method<Reply> => {
  const service = loadProto(INVENTORY_PROTO)[`${INVENTORY_PACKAGE}.${INVENTORY_SERVICE}`];
  const method = (service as unknown as Record<string, MethodDefinition<object, object>>)[name];
  if (!method) throw new Error(`There is no ${name}`);
  return {
    path: method.path,
    serialize: method.requestSerialize,
    deserialize: method.responseDeserialize as (bytes: Buffer) => Reply,
  };
};

/** Clients that take turns: those of one address first, then those of the next. */
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
const CLOSED_WITH_ITS_CHANNEL = (): void => undefined;

const unary = <Reply>(
  client: Client,
  path: string,
  deserialize: (bytes: Buffer) => Reply,
  bytes: Buffer,
  judge: (reply: Reply) => Answer,
): Promise<Answer> =>
  new Promise((resolve) => {
    client.makeUnaryRequest(path, asIs, deserialize, bytes, (error, reply) => {
      if (error) resolve(wrong(error.message));
      else if (reply === undefined) resolve(wrong('no reply'));
      else resolve(judge(reply));
    });
  });

export const reserveRequests = (baskets: readonly string[][]): Buffer[] => {
  const { serialize } = methodOf('ReserveStock');
  return baskets.map(([sku]) => serialize({ sku, quantity: 1, reservationId: '' }));
};

/** A client of ReserveStock. */
export const reserveCaller = (client: Client, next: () => Buffer): Caller => {
  const { path, deserialize } = methodOf<ReserveStockResponse>('ReserveStock');
  const right: Answer = { right: 1, units: 1 };
  const judge = (reply: ReserveStockResponse): Answer =>
    reply.reserved && reply.reservationId !== '' ? right : wrong(JSON.stringify(reply));
  return {
    call: () => unary(client, path, deserialize, next(), judge),
    close: CLOSED_WITH_ITS_CHANNEL,
  };
};

/** A client of BatchCreateReservations, each reservation under an id of its own. */
export const batchCaller = (client: Client, batch: number, next: () => BatchItem): Caller => {
  const method = methodOf<BatchCreateReservationsResponse>('BatchCreateReservations');
  const { path, serialize, deserialize } = method;
  const right: Answer = { right: batch, units: batch };
  return {
    call: () => {
      const items = Array.from({ length: batch }, next);
      const requests = items.map(({ id, sku }) => ({
        reservationId: id,
        lines: [{ sku, quantity: 1 }],
      }));
      return unary(client, path, deserialize, serialize({ requests }), ({ results }) => {
        const fault = items.findIndex(({ id }, index) => !isHeld(results[index], id));
        return fault < 0 ? right : wrong(JSON.stringify(results[fault] ?? 'no result'));
      });
    },
    close: CLOSED_WITH_ITS_CHANNEL,
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
