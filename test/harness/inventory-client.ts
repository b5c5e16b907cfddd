import {
  type Client,
  type ClientOptions,
  type ClientReadableStream,
  type ClientUnaryCall,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import {
  INVENTORY_PROTO,
  type InventoryService,
  loadProto,
  type StreamEventsRequest,
  type StreamEventsResponse,
  type WatchStockRequest,
  type WatchStockResponse,
} from '@app/contracts';
import { InventoryEventStream } from './inventory-event-stream';
import { StockWatch } from './stock-watch';

type Callback = (error: ServiceError | null, reply: unknown) => void;
type Call = (
  request: unknown,
  metadata: Metadata,
  options: object,
  done: Callback,
) => ClientUnaryCall;
type WatchCall = (request: WatchStockRequest) => ClientReadableStream<WatchStockResponse>;
type EventsCall = (request: StreamEventsRequest) => ClientReadableStream<StreamEventsResponse>;
type Stub = Client & Record<string, Call> & { watchStock: WatchCall; streamEvents: EventsCall };

export interface PendingCall {
  readonly answer: Promise<unknown>;
  cancel(): void;
}

/** Inventory's gRPC API with promises. */
export type InventoryRpc = Omit<InventoryService, 'watchStock' | 'streamEvents'> & {
  streamEvents(request: Partial<StreamEventsRequest>): InventoryEventStream;
  watchStock(request: Partial<WatchStockRequest>): StockWatch;
  /** Sends any request, also one that the types do not allow. */
  raw(method: keyof InventoryService, request: object): Promise<unknown>;
  /** Like `raw`, with its own deadline and metadata, and a way to cancel. */
  begin(
    method: keyof InventoryService,
    request: object,
    timeoutMs?: number,
    metadata?: Readonly<Record<string, string>>,
  ): PendingCall;
  close(): void;
};

const DEADLINE_MS = 10_000;

/**
 * Connects a gRPC client. With `waitForReady`, a call waits until the server listens instead of failing
 * at once.
 */
export const connectInventory = (
  address: string,
  options: ClientOptions = {},
  waitForReady = false,
  channelCredentials = credentials.createInsecure(),
): InventoryRpc => {
  const root = loadPackageDefinition(loadProto(INVENTORY_PROTO)) as unknown as {
    inventory: { v1: { InventoryService: new (...args: unknown[]) => Stub } };
  };
  const stub = new root.inventory.v1.InventoryService(address, channelCredentials, options);
  const begin = (
    method: string,
    request: object,
    timeoutMs = DEADLINE_MS,
    entries: Readonly<Record<string, string>> = {},
  ): PendingCall => {
    let call: ClientUnaryCall | undefined;
    const metadata = new Metadata({ waitForReady });
    for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
    const answer = new Promise((resolve, reject) => {
      const deadline = new Date(Date.now() + timeoutMs);
      call = stub[method]?.call(stub, request, metadata, { deadline }, (error, reply) =>
        error ? reject(error) : resolve(reply),
      );
    });
    return { answer, cancel: () => call?.cancel() };
  };
  const raw = (method: string, request: object): Promise<unknown> => begin(method, request).answer;
  const watches: (StockWatch | InventoryEventStream)[] = [];
  const streamEvents = (request: Partial<StreamEventsRequest>): InventoryEventStream => {
    const stream = new InventoryEventStream(stub.streamEvents({ types: [], skus: [], ...request }));
    watches.push(stream);
    return stream;
  };
  const watchStock = ({ skus = [], after = [] }: Partial<WatchStockRequest>): StockWatch => {
    const watch = new StockWatch(stub.watchStock({ skus, after }));
    watches.push(watch);
    return watch;
  };
  /** An open watch of a failed test would keep its server from closing. */
  const close = (): void => {
    for (const watch of watches) watch.cancel();
    stub.close();
  };
  const calls = new Proxy({} as InventoryRpc, {
    get: (_target, name) => {
      if (name === 'raw') return raw;
      if (name === 'begin') return begin;
      if (name === 'watchStock') return watchStock;
      if (name === 'streamEvents') return streamEvents;
      if (name === 'close') return close;
      if (name === 'then') return undefined;
      return (request: object) => raw(String(name), request);
    },
  });
  return calls;
};
