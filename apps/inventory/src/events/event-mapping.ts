import { type InventoryEvent as ProtoEvent, toProtoShortage, toTimestamp } from '@app/contracts';
import type { InventoryEvent } from './inventory-event';

/** Maps an event to its gRPC message. */
export const toProtoEvent = (event: InventoryEvent): ProtoEvent => {
  const { eventId, type, time } = event;
  return { eventId, type, time: toTimestamp(time), ...detailsOf(event) };
};

const detailsOf = (
  event: InventoryEvent,
): Pick<ProtoEvent, 'reservation' | 'adjusted' | 'threshold'> => {
  if ('reservationId' in event) {
    const { reservationId, items, wasHeld, shortages } = event;
    return {
      reservation: {
        reservationId,
        lines: [...items],
        wasHeld,
        shortages: shortages.map(toProtoShortage),
      },
    };
  }
  if (event.type === 'stock.adjusted') {
    const { sku, seq, onHandDelta, onHand, reserved, adjustmentId, reason, actor } = event;
    return {
      adjusted: {
        sku,
        seq,
        onHandDelta,
        onHand,
        reserved,
        adjustmentId: adjustmentId ?? '',
        reason,
        actor: actor ?? '',
      },
    };
  }
  const { sku, seq, available, limit } = event;
  return { threshold: { sku, seq, available, limit } };
};
