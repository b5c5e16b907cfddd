import { type Client, status } from '@grpc/grpc-js';
import { times } from '../wait';
import { Channels, methodOf } from './grpc-callers';
import { type Caller, UNANSWERED_PAUSE_MS } from './caller';
import { OrderConnections } from './order-caller';

/** What hostile readers are told to read. Crosses an IPC channel as JSON. */
export interface ReadPlan {
  /** host:port */
  readonly orders: string;
  readonly inventory: string;
  /** Readers of each protocol, each in a closed loop. */
  readonly readers: number;
  /** Paths of Orders. */
  readonly paths: readonly string[];
  /** Calls of Inventory: the method and its request. */
  readonly calls: readonly (readonly [method: string, request: object])[];
}

export interface ReadResult {
  readonly outcome: 'read' | 'rejected' | 'failed';
  readonly pauseMs?: number;
}

export type Protocol = 'REST' | 'gRPC';

const requestOf = (address: string, path: string): Buffer =>
  Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${address}\r\n\r\n`);

/** A reader that ignores Retry-After. It opens a connection again only if it has lost it. */
const restReader = (address: string, requests: readonly Buffer[], first: number) => {
  const connections = new OrderConnections();
  let turn = first;
  const call = async (): Promise<ReadResult> => {
    turn += 1;
    const { status } = await connections.send(address, requests[turn % requests.length] ?? EMPTY);
    if (status === 200) return { outcome: 'read' };
    if (status === 503) return { outcome: 'rejected' };
    return { outcome: 'failed', pauseMs: UNANSWERED_PAUSE_MS };
  };
  return { call, close: () => connections.close() };
};

const EMPTY = Buffer.alloc(0);
const asIs = (bytes: Buffer): Buffer => bytes;

interface Prepared {
  readonly path: string;
  readonly bytes: Buffer;
}

/** A reader that ignores RetryInfo, and does not decode what it gets. */
const grpcReader = (
  client: Client,
  requests: readonly Prepared[],
  first: number,
): Caller<ReadResult> => {
  let turn = first;
  return {
    call: () =>
      new Promise((resolve) => {
        turn += 1;
        const { path = '', bytes = EMPTY } = requests[turn % requests.length] ?? {};
        client.makeUnaryRequest(path, asIs, asIs, bytes, (error) => {
          if (!error) resolve({ outcome: 'read' });
          else if (error.code === status.RESOURCE_EXHAUSTED) resolve({ outcome: 'rejected' });
          else resolve({ outcome: 'failed', pauseMs: UNANSWERED_PAUSE_MS });
        });
      }),
  };
};

/** Returns the readers of both protocols. The REST readers have a connection each, the others share some. */
export const hostileReaders = ({ orders, inventory, readers, paths, calls }: ReadPlan) => {
  const requests = paths.map((path) => requestOf(orders, path));
  const prepared = calls.map(([method, request]) => {
    const { path, serialize } = methodOf(method);
    return { path, bytes: serialize(request) };
  });
  const channels = new Channels([inventory]);
  const rest = times(readers, (nth) => restReader(orders, requests, nth));
  const grpc = times(readers, (nth) => grpcReader(channels.at(nth), prepared, nth));
  return {
    callers: { REST: rest, gRPC: grpc } satisfies Record<Protocol, readonly Caller<ReadResult>[]>,
    close: () => {
      for (const reader of rest) reader.close();
      channels.close();
    },
  };
};
