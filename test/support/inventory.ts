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

/** Stock as a test wants it, with the movement that explains it. */
export const givenStock = async (
  database: TestDatabase,
  sku: string,
  onHand: number,
): Promise<void> => {
  await database.query(
    `with level as (insert into stock_level values ($1, $2, 0, 1))
     insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after, reserved_after, reason)
     values ($1, 1, 'ADJUSTED', $2, 0, $2, 0, 'test')`,
    [sku, onHand],
  );
};

/**
 * What must hold in any state of Inventory's database. Gives every row that breaks it: the ledger
 * adds up to the levels, and the lines of held reservations to what is reserved.
 */
export const brokenInvariants = (database: TestDatabase): Promise<object[]> =>
  database.query(`
    with ledger as (
      select sku, sum(on_hand_delta) as on_hand, sum(reserved_delta) as reserved,
             count(*) as movements, max(seq) as last_seq
        from stock_movement group by sku),
    held as (
      select sku, sum(quantity) as units
        from reservation_line l join reservation r on r.id = l.reservation_id
       where r.state = 'HELD' group by sku)
    select l.*, ledger.*, held.units
      from stock_level l left join ledger using (sku) left join held using (sku)
     where l.on_hand is distinct from ledger.on_hand
        or l.reserved is distinct from ledger.reserved
        or l.last_seq is distinct from ledger.last_seq
        or ledger.movements is distinct from ledger.last_seq
        or l.reserved is distinct from coalesce(held.units, 0)
        or l.on_hand < l.reserved or l.reserved < 0`);
