/** How much there is of one SKU. Held units are on hand, but spoken for. */
export interface StockLevel {
  readonly sku: string;
  readonly onHand: number;
  readonly reserved: number;
  /** Sequence number of the SKU's latest movement. */
  readonly lastSeq: number;
}

/** What a new order may still take. */
export const available = ({ onHand, reserved }: StockLevel): number => onHand - reserved;

export type MovementKind = 'ADJUSTED' | 'HELD' | 'COMMITTED' | 'RELEASED' | 'EXPIRED';

/** One entry of the ledger: what changed a level, by how much, and what it was afterwards. */
export interface Movement {
  readonly sku: string;
  readonly seq: number;
  readonly kind: MovementKind;
  readonly onHandDelta: number;
  readonly reservedDelta: number;
  readonly onHandAfter: number;
  readonly reservedAfter: number;
  readonly reservationId: string | null;
  readonly reason: string | null;
}

type Change = Pick<Movement, 'kind' | 'onHandDelta' | 'reservedDelta' | 'reservationId' | 'reason'>;

/** The only way a level changes: together with the movement that explains it. */
export const move = (
  level: StockLevel,
  change: Change,
): { level: StockLevel; movement: Movement } => {
  const after = {
    sku: level.sku,
    onHand: level.onHand + change.onHandDelta,
    reserved: level.reserved + change.reservedDelta,
    lastSeq: level.lastSeq + 1,
  };
  return {
    level: after,
    movement: {
      sku: level.sku,
      seq: after.lastSeq,
      ...change,
      onHandAfter: after.onHand,
      reservedAfter: after.reserved,
    },
  };
};
