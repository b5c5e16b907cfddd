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
  type WatchStockRequest,
  type WatchStockResponse,
} from '@app/contracts';
import { StockWatch } from './stock-watch';

type Callback = (error: ServiceError | null, reply: unknown) => void;
type Call = (
  request: unknown,
  metadata: Metadata,
  options: object,
  done: Callback,
) => ClientUnaryCall;
type WatchCall = (request: WatchStockRequest) => ClientReadableStream<WatchStockResponse>;
type Stub = Client & Record<string, Call> & { watchStock: WatchCall };

export interface BegunCall {
  readonly answer: Promise<unknown>;
  cancel(): void;
}

export type InventoryCalls = Omit<InventoryService, 'watchStock'> & {
  watchStock(request: Partial<WatchStockRequest>): StockWatch;
  /** Any call with any request, as the wire would let it through. */
  raw(method: keyof InventoryService, request: object): Promise<unknown>;
  /** The same, for a caller who gives up: after some time, or when it likes. */
  begin(method: keyof InventoryService, request: object, timeoutMs?: number): BegunCall;
  close(): void;
};

const DEADLINE_MS = 10_000;

/**
 * Inventory as its callers see it: real gRPC, promises. With `waitForReady`, a call waits for a server
 * that is not there yet instead of failing at once.
 */
export const inventoryAt = (
  address: string,
  options: ClientOptions = {},
  waitForReady = false,
): InventoryCalls => {
  const root = loadPackageDefinition(loadProto(INVENTORY_PROTO)) as unknown as {
    inventory: { v1: { InventoryService: new (...args: unknown[]) => Stub } };
  };
  const stub = new root.inventory.v1.InventoryService(
    address,
    credentials.createInsecure(),
    options,
  );
  const begin = (method: string, request: object, timeoutMs = DEADLINE_MS): BegunCall => {
    let begun: ClientUnaryCall | undefined;
    const answer = new Promise((resolve, reject) => {
      const deadline = new Date(Date.now() + timeoutMs);
      begun = stub[method]?.call(
        stub,
        request,
        new Metadata({ waitForReady }),
        { deadline },
        (error, reply) => (error ? reject(error) : resolve(reply)),
      );
    });
    return { answer, cancel: () => begun?.cancel() };
  };
  const raw = (method: string, request: object): Promise<unknown> => begin(method, request).answer;
  const watches: StockWatch[] = [];
  const watchStock = ({ skus = [], after = [] }: Partial<WatchStockRequest>): StockWatch => {
    const watch = new StockWatch(stub.watchStock({ skus, after }));
    watches.push(watch);
    return watch;
  };
  /** A watch that a failed test has left open would keep its server from closing. */
  const close = (): void => {
    for (const watch of watches) watch.cancel();
    stub.close();
  };
  const calls = new Proxy({} as InventoryCalls, {
    get: (_target, name) => {
      if (name === 'raw') return raw;
      if (name === 'begin') return begin;
      if (name === 'watchStock') return watchStock;
      if (name === 'close') return close;
      if (name === 'then') return undefined;
      return (request: object) => raw(String(name), request);
    },
  });
  return calls;
};
