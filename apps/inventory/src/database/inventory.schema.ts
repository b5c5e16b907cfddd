import type { Schema } from '@app/postgres';
import {
  ReservationLineRow,
  ReservationRow,
  TombstoneHorizonRow,
} from '../reservation/reservation.entity';
import { StockLevelRow, StockMovementRow } from '../stock/stock.entity';
import { CreateInventory1764000000000 } from './migrations/1764000000000-create-inventory';
import { AppendOnlyLedger1764100000000 } from './migrations/1764100000000-append-only-ledger';
import { ReservationLife1764200000000 } from './migrations/1764200000000-reservation-life';
import { LevelTimes1764300000000 } from './migrations/1764300000000-level-times';
import { CheaperChecks1764400000000 } from './migrations/1764400000000-cheaper-checks';

/**
 * Inventory's tables, their migrations, and the privileges of Inventory's role. Lists classes, because
 * globs do not work in the bundle.
 */
export const inventorySchema = {
  entities: [
    StockLevelRow,
    StockMovementRow,
    ReservationRow,
    ReservationLineRow,
    TombstoneHorizonRow,
  ],
  migrations: [
    CreateInventory1764000000000,
    AppendOnlyLedger1764100000000,
    ReservationLife1764200000000,
    LevelTimes1764300000000,
    CheaperChecks1764400000000,
  ],
  knownTable: 'stock_level',
  sampleWrite: `
    insert into reservation (id, state)
    select 'write-probe-' || gen_random_uuid(), 'RELEASED' from generate_series(1, 500)`,
  privileges: {
    stock_level: ['select', 'insert', 'update'],
    // The ledger is append-only.
    stock_movement: ['select', 'insert'],
    // Only tombstones are deleted.
    reservation: ['select', 'insert', 'update', 'delete'],
    reservation_line: ['select', 'insert', 'update'],
    tombstone_horizon: ['select', 'update'],
    // Allows a start without the owner's password while there is nothing to migrate.
    migration: ['select'],
  },
} satisfies Schema;
