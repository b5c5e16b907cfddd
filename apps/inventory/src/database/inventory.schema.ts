import { ReservationLineRow, ReservationRow } from '../reservation/reservation.entity';
import { StockLevelRow, StockMovementRow } from '../stock/stock.entity';
import { CreateInventory1764000000000 } from './migrations/1764000000000-create-inventory';

/** Inventory's tables, and how they came to be. Classes, since globs do not survive the bundle. */
export const inventorySchema = {
  entities: [StockLevelRow, StockMovementRow, ReservationRow, ReservationLineRow],
  migrations: [CreateInventory1764000000000],
};
