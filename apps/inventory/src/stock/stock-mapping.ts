import {
  type StockLevelDto,
  type StockMovement,
  StockMovementKind,
  type StockThresholdState,
  toTimestamp,
} from '@app/contracts';
import {
  available,
  type Movement,
  type MovementKind,
  emptyLevel,
  type StockLevel,
  type ThresholdState,
} from './stock';

/** Maps a level to its gRPC message. Without a level, the SKU is unknown. */
export const toStockLevelDto = (sku: string, known: StockLevel | undefined): StockLevelDto => {
  const level = known ?? emptyLevel(sku);
  return {
    sku,
    onHand: level.onHand,
    reserved: level.reserved,
    available: available(level),
    known: known !== undefined,
    shortfall: level.shortfall,
    seq: level.lastSeq,
    ...(level.lastSeq > 0 && { updatedAt: toTimestamp(level.updatedAt) }),
    ...(level.threshold && { threshold: toProtoThreshold(level.threshold) }),
  };
};

const toProtoThreshold = ({
  lowAt,
  replenishedAt,
  isLow,
}: ThresholdState): StockThresholdState => ({ lowAt, replenishedAt, low: isLow });

const KINDS: Record<MovementKind, StockMovementKind> = {
  ADJUSTED: StockMovementKind.STOCK_MOVEMENT_KIND_ADJUSTED,
  HELD: StockMovementKind.STOCK_MOVEMENT_KIND_HELD,
  COMMITTED: StockMovementKind.STOCK_MOVEMENT_KIND_COMMITTED,
  RELEASED: StockMovementKind.STOCK_MOVEMENT_KIND_RELEASED,
  EXPIRED: StockMovementKind.STOCK_MOVEMENT_KIND_EXPIRED,
};

/** Maps a movement to its gRPC message. */
export const toProtoMovement = (movement: Movement): StockMovement => ({
  sku: movement.sku,
  seq: movement.seq,
  kind: KINDS[movement.kind],
  onHandDelta: movement.onHandDelta,
  reservedDelta: movement.reservedDelta,
  onHandAfter: movement.onHandAfter,
  reservedAfter: movement.reservedAfter,
  reservationId: movement.reservationId ?? '',
  adjustmentId: movement.adjustmentId ?? '',
  reason: movement.reason ?? '',
  actor: movement.actor ?? '',
  occurredAt: toTimestamp(movement.occurredAt),
});
