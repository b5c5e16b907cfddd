import { EVENT_LOG_ENTITIES, EVENT_LOG_PRIVILEGES } from '@app/events';
import type { Schema } from '@app/postgres';
import {
  ReducedLineRow,
  ReservationLineRow,
  ReservationRow,
  TombstoneHorizonRow,
} from '../reservation/reservation.entity';
import { StockThresholdRow } from '../threshold/threshold.entity';
import { StockCountRow, StockLevelRow, StockMovementRow } from '../stock/stock.entity';
import { CreateInventory1764000000000 } from './migrations/1764000000000-create-inventory';
import { AppendOnlyLedger1764100000000 } from './migrations/1764100000000-append-only-ledger';
import { ReservationLife1764200000000 } from './migrations/1764200000000-reservation-life';
import { LevelTimes1764300000000 } from './migrations/1764300000000-level-times';
import { CheaperChecks1764400000000 } from './migrations/1764400000000-cheaper-checks';
import { Reductions1764500000000 } from './migrations/1764500000000-reductions';
import { EventLog1764600000000 } from './migrations/1764600000000-event-log';
import { StockThresholds1764700000000 } from './migrations/1764700000000-stock-thresholds';
import { StockCounts1764900000000 } from './migrations/1764900000000-stock-counts';

/**
 * Inventory's tables, their migrations, and the privileges of Inventory's role. Lists classes, because
 * globs do not work in the bundle.
 */
export const inventorySchema = {
  entities: [
    StockLevelRow,
    StockMovementRow,
    StockThresholdRow,
    StockCountRow,
    ReservationRow,
    ReservationLineRow,
    ReducedLineRow,
    TombstoneHorizonRow,
    ...EVENT_LOG_ENTITIES,
  ],
  migrations: [
    CreateInventory1764000000000,
    AppendOnlyLedger1764100000000,
    ReservationLife1764200000000,
    LevelTimes1764300000000,
    CheaperChecks1764400000000,
    Reductions1764500000000,
    EventLog1764600000000,
    StockThresholds1764700000000,
    StockCounts1764900000000,
  ],
  knownTable: 'stock_level',
  sampleWrite: `
    insert into reservation (id, state)
    select 'write-probe-' || gen_random_uuid(), 'RELEASED' from generate_series(1, 500)`,
  privileges: {
    stock_level: ['select', 'insert', 'update'],
    stock_count: ['select', 'insert', 'update'],
    // The ledger is append-only.
    stock_movement: ['select', 'insert'],
    // A trigger on movements updates it, with the rights of the role that adds the movement.
    stock_threshold: ['select', 'insert', 'update', 'delete'],
    // Only tombstones are deleted.
    reservation: ['select', 'insert', 'update', 'delete'],
    // A reduction deletes lines of which no units are left.
    reservation_line: ['select', 'insert', 'update', 'delete'],
    reduced_line: ['select', 'insert'],
    tombstone_horizon: ['select', 'update'],
    ...EVENT_LOG_PRIVILEGES,
    // Allows a start without the owner's password while there is nothing to migrate.
    migration: ['select'],
  },
} satisfies Schema;
