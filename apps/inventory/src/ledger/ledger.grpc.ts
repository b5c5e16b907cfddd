import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import {
  INVENTORY_SERVICE,
  type InventoryService,
  LIMITS,
  type ListStockMovementsResponse,
} from '@app/contracts';
import { toProtoMovement } from '../stock/stock-mapping';
import { ListStockMovementsDto } from './ledger.dto';
import { LedgerService } from './ledger.service';

/** A line has at most two movements: held, then committed, released or expired. */
const MAX_MOVEMENTS_OF_RESERVATION = 2 * LIMITS.maxLines;

type LedgerCalls = Pick<InventoryService, 'listStockMovements'>;

/** Maps gRPC messages to service calls and back. Contains no rules. */
@Controller()
export class LedgerGrpcController implements LedgerCalls {
  constructor(private readonly ledger: LedgerService) {}

  @GrpcMethod(INVENTORY_SERVICE)
  async listStockMovements(
    @Payload() request: ListStockMovementsDto,
  ): Promise<ListStockMovementsResponse> {
    const { sku, reservationId, afterSeq, pageSize } = request;
    const { items, next } = await this.ledger.page({
      sku: sku || undefined,
      reservationId: reservationId || undefined,
      afterSeq,
      limit: sku ? pageSize || LIMITS.defaultPageSize : MAX_MOVEMENTS_OF_RESERVATION,
    });
    return { movements: items.map(toProtoMovement), nextAfterSeq: next ?? 0 };
  }
}
