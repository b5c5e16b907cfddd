import {
  ReservationLineRow,
  ReservationRow,
  TombstoneHorizonRow,
} from '../reservation/reservation.entity';
import { StockLevelRow, StockMovementRow } from '../stock/stock.entity';
import { CreateInventory1764000000000 } from './migrations/1764000000000-create-inventory';
import { ReservationLife1764200000000 } from './migrations/1764200000000-reservation-life';

/** Inventory's tables, and how they came to be. Classes, since globs do not survive the bundle. */
export const inventorySchema = {
  entities: [
    StockLevelRow,
    StockMovementRow,
    ReservationRow,
    ReservationLineRow,
    TombstoneHorizonRow,
  ],
  migrations: [CreateInventory1764000000000, ReservationLife1764200000000],
};
