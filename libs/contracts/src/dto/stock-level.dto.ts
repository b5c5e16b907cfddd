import type { Timestamp } from '../generated/google/protobuf/timestamp';
import type { StockLevel, StockThresholdState } from '../generated/inventory/v1/inventory';
import { COUNT_SCHEMA, HasSchema, SKU_SCHEMA } from './field-schema';

/** The stock of one SKU, as Inventory reports it. */
export class StockLevelDto implements StockLevel {
  /**
   * The SKU.
   * @example "burger"
   */
  @HasSchema(SKU_SCHEMA)
  readonly sku!: string;

  /** Units that are physically in stock. */
  @HasSchema(COUNT_SCHEMA)
  readonly onHand!: number;

  /** Units on hand that held reservations have set aside. */
  @HasSchema(COUNT_SCHEMA)
  readonly reserved!: number;

  /**
   * Units that a new order can take. They are not reserved: another order can take them first.
   * @example 5
   */
  @HasSchema(COUNT_SCHEMA)
  readonly available!: number;

  /** False for a SKU that Inventory has never had. */
  readonly known!: boolean;

  /** Reserved units that are not on hand. */
  @HasSchema(COUNT_SCHEMA)
  readonly shortfall!: number;

  /** Sequence number of the SKU's latest movement. 0: there is none. */
  @HasSchema(COUNT_SCHEMA)
  readonly seq!: number;

  /** Time of that movement. Absent if there is none. */
  readonly updatedAt?: Timestamp;

  /** The threshold of the SKU, if it has one. */
  readonly threshold?: StockThresholdState;
}
