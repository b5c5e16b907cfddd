import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AdjustStockResponse, INVENTORY_SERVICE, toTimestamp } from '@app/contracts';
import type { CancellationSignal } from '@app/batching';
import { type CancellableCalls, Signal } from '../call-signal';
import { ClientName } from '../grpc/client-names';
import { toStockLevelDto, toProtoMovement } from '../stock/stock-mapping';
import { recordedActor } from './adjustment';
import { AdjustStockDto } from './adjustment.dto';
import { AdjustmentService } from './adjustment.service';

type AdjustmentCalls = CancellableCalls<'adjustStock'>;

/** Maps gRPC messages to service calls and back. Contains no rules. */
@Controller()
export class AdjustmentGrpcController implements AdjustmentCalls {
  constructor(private readonly adjustments: AdjustmentService) {}

  @GrpcMethod(INVENTORY_SERVICE)
  async adjustStock(
    @Payload() request: AdjustStockDto,
    @Signal() signal: CancellationSignal,
    @ClientName() clientName: string | undefined,
  ): Promise<AdjustStockResponse> {
    const { adjustmentId, delta, setOnHand, expectedOnHand, actor, ...rest } = request;
    const { movement, level, unmet, isIncomplete, alreadyRecorded } = await this.adjustments.adjust(
      {
        ...rest,
        actor: recordedActor(actor, clientName),
        id: adjustmentId,
        change: setOnHand === undefined ? { delta: delta ?? 0 } : { setOnHand },
        expectedOnHand: expectedOnHand ?? null,
      },
      signal,
    );
    return {
      movement: toProtoMovement(movement),
      level: toStockLevelDto(level.sku, level),
      unmetReservations: unmet.map(({ id, quantity, createdAt }) => ({
        reservationId: id,
        quantity,
        createdAt: toTimestamp(createdAt),
      })),
      alreadyRecorded,
      unmetReservationsIncomplete: isIncomplete,
    };
  }
}
