import {
  type Client,
  type ClientOptions,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { INVENTORY_PROTO, type InventoryService, loadProto } from '@app/contracts';
import type { TestDatabase } from './databases';

type Callback = (error: ServiceError | null, reply: unknown) => void;
type Call = (request: unknown, metadata: Metadata, options: object, done: Callback) => void;
type Stub = Client & Record<string, Call>;

export type InventoryCalls = InventoryService & {
  /** Any call with any request, as the wire would let it through. */
  raw(method: keyof InventoryService, request: object): Promise<unknown>;
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
  const raw = (method: string, request: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const deadline = new Date(Date.now() + DEADLINE_MS);
      stub[method]?.call(
        stub,
        request,
        new Metadata({ waitForReady }),
        { deadline },
        (error, reply) => (error ? reject(error) : resolve(reply)),
      );
    });
  const calls = new Proxy({} as InventoryCalls, {
    get: (_target, name) => {
      if (name === 'raw') return raw;
      if (name === 'close') return () => stub.close();
      if (name === 'then') return undefined;
      return (request: object) => raw(String(name), request);
    },
  });
  return calls;
};

/**
 * Stock as a test wants it, with the movement that explains it. Its time has milliseconds, as those
 * of the service have: what follows within the same one would otherwise seem to be earlier.
 */
export const givenStock = async (
  database: TestDatabase,
  sku: string,
  onHand: number,
): Promise<void> => {
  await database.query(
    `with now as (select date_trunc('milliseconds', clock_timestamp()) as now),
     level as (
       insert into stock_level (sku, on_hand, reserved, last_seq, updated_at)
       select $1, $2, 0, 1, now from now)
     insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                                 reserved_after, adjustment_id, reason, actor, occurred_at)
     select $1, 1, 'ADJUSTED', $2, 0, $2, 0, 'given-' || $1::text, 'given', 'test', now from now`,
    [sku, onHand],
  );
};

/** What does not hold in Inventory's database, of all that `npm run verify` checks. */
export const brokenInvariants = (database: TestDatabase): Promise<string[]> =>
  database.differences();
