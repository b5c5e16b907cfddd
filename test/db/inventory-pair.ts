import type { TestingModule } from '@nestjs/testing';
import type { Client } from 'pg';
import { AdjustmentService } from '../../apps/inventory/src/adjustment/adjustment.service';
import { LedgerService } from '../../apps/inventory/src/ledger/ledger.service';
import { DecisionService } from '../../apps/inventory/src/reservation/decision.service';
import { ReservationService } from '../../apps/inventory/src/reservation/reservation.service';
import { StockService } from '../../apps/inventory/src/stock/stock.service';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { inventoryModule } from './inventory-module';
import { eventually } from '../harness/wait';

/** What one instance of Inventory can do. */
export interface InventoryInstance {
  readonly reservations: ReservationService;
  readonly decisions: DecisionService;
  readonly adjustments: AdjustmentService;
  readonly stock: StockService;
  readonly ledger: LedgerService;
}

/** Two instances on one database, each with a pool and queues of its own, as two processes have. */
export interface InventoryPair {
  readonly database: TestDatabase;
  readonly here: InventoryInstance;
  readonly there: InventoryInstance;
  /** Ends both instances and leaves the database as it is. */
  disconnect(): Promise<void>;
  close(): Promise<void>;
}

export const startInventoryPair = async (): Promise<InventoryPair> => {
  const database = await cloneDatabase('inventory');
  const modules = [
    await inventoryModule(database.url),
    await inventoryModule(database.url),
  ] as const;
  const disconnect = async () => {
    await Promise.all(modules.map((module) => module.close()));
  };
  return {
    database,
    here: instanceOf(modules[0]),
    there: instanceOf(modules[1]),
    disconnect,
    close: async () => {
      await disconnect();
      await database.drop();
    },
  };
};

const instanceOf = (module: TestingModule): InventoryInstance => ({
  reservations: module.get(ReservationService),
  decisions: module.get(DecisionService),
  adjustments: module.get(AdjustmentService),
  stock: module.get(StockService),
  ledger: module.get(LedgerService),
});

/** Waits until some session waits for a lock that another holds. */
export const somebodyWaits = (database: TestDatabase, howMany = 1): Promise<boolean> =>
  eventually(`${howMany} sessions wait for a lock`, async () => {
    const rows = await database.query(
      `select pid from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows.length >= howMany;
  });

/** Lets time pass by the clock that holds are judged by. */
export const passTime = async (database: TestDatabase, ms: number): Promise<void> => {
  await database.query('select pg_sleep($1)', [ms / 1_000]);
};

/** A transaction of somebody else's that holds the lock on a level until it ends. */
export const holdLevel = async (database: TestDatabase, sku: string): Promise<Client> => {
  const rival = await database.connect();
  await rival.query('begin');
  await rival.query('select from stock_level where sku = $1 for update', [sku]);
  return rival;
};

export const one = (sku: string, quantity = 1) => [{ sku, quantity }];
