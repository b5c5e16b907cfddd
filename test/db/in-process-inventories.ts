import type { TestingModule } from '@nestjs/testing';
import type { Client } from 'pg';
import { AdjustmentService } from '../../apps/inventory/src/adjustment/adjustment.service';
import { LedgerService } from '../../apps/inventory/src/ledger/ledger.service';
import { DecisionService } from '../../apps/inventory/src/reservation/decision.service';
import { ReservationService } from '../../apps/inventory/src/reservation/reservation.service';
import { PastStockService } from '../../apps/inventory/src/stock/past-stock.service';
import { StockService } from '../../apps/inventory/src/stock/stock.service';
import { ThresholdService } from '../../apps/inventory/src/threshold/threshold.service';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { inventoryModule } from './inventory-module';
import { eventually } from '../harness/wait';

/** The services of one instance of Inventory. */
export interface InventoryInstance {
  readonly reservations: ReservationService;
  readonly decisions: DecisionService;
  readonly adjustments: AdjustmentService;
  readonly stock: StockService;
  readonly pastStock: PastStockService;
  readonly ledger: LedgerService;
  readonly thresholds: ThresholdService;
}

/** Two instances of Inventory in this process, on one database, with separate pools and queues. */
export interface InProcessInventories {
  readonly database: TestDatabase;
  readonly here: InventoryInstance;
  readonly there: InventoryInstance;
  /** Closes both instances and keeps the database. */
  disconnect(): Promise<void>;
  close(): Promise<void>;
}

export const startInProcessInventories = async (): Promise<InProcessInventories> => {
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
  pastStock: module.get(PastStockService),
  ledger: module.get(LedgerService),
  thresholds: module.get(ThresholdService),
});

/** Waits until sessions wait for locks that others hold. */
export const awaitBlockedSession = (database: TestDatabase, count = 1): Promise<boolean> =>
  eventually(`${count} sessions wait for a lock`, async () => {
    const rows = await database.query(
      `select pid from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows.length >= count;
  });

/** Waits by the clock that decides when holds expire. */
export const waitByDatabaseClock = async (database: TestDatabase, ms: number): Promise<void> => {
  await database.query('select pg_sleep($1)', [ms / 1_000]);
};

/** Opens a transaction that locks a level until it ends. */
export const lockLevel = async (database: TestDatabase, sku: string): Promise<Client> => {
  const rival = await database.connect();
  await rival.query('begin');
  await rival.query('select from stock_level where sku = $1 for update', [sku]);
  return rival;
};

export const one = (sku: string, quantity = 1) => [{ sku, quantity }];
