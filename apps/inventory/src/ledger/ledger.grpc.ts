import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import type { CancellationSignal } from '@app/batching';
import { INVENTORY_SERVICE, LIMITS, type ListStockMovementsResponse } from '@app/contracts';
import { type CancellableCalls, Signal } from '../call-signal';
import { toProtoMovement } from '../stock/stock-mapping';
import { ListStockMovementsDto } from './ledger.dto';
import { LedgerService } from './ledger.service';

/** A line is held, reduced a few times, and then committed, released or expired. */
const MAX_MOVEMENTS_OF_RESERVATION = (2 + LIMITS.maxReductions) * LIMITS.maxLines;

type LedgerCalls = CancellableCalls<'listStockMovements'>;

/** Maps gRPC messages to service calls and back. Contains no rules. */
@Controller()
export class LedgerGrpcController implements LedgerCalls {
  constructor(private readonly ledger: LedgerService) {}

  @GrpcMethod(INVENTORY_SERVICE)
  async listStockMovements(
    @Payload() { sku, reservationId, afterSeq, pageSize }: ListStockMovementsDto,
    @Signal() signal: CancellationSignal,
  ): Promise<ListStockMovementsResponse> {
    const limit = sku ? pageSize || LIMITS.defaultPageSize : MAX_MOVEMENTS_OF_RESERVATION;
    const filter = {
      sku: sku || undefined,
      reservationId: reservationId || undefined,
      afterSeq,
      limit,
    };
    const { items, next } = await this.ledger.page(filter, { signal });
    return { movements: items.map(toProtoMovement), nextAfterSeq: next ?? 0 };
  }
}
