import { Injectable } from '@nestjs/common';
import { type FieldViolation, RequestValidationPipe, ServiceError } from '@app/errors';
import { type CommandHandler, type IncomingMessage, parseCommand } from '@app/events';
import { AdjustmentService } from './adjustment.service';
import { StockAdjustmentDto } from './stock-adjustment.dto';

/** Clocks of senders may be ahead by this much. A later count would reject all others until its time. */
const MAX_AHEAD_MS = 300_000;
const BOTH: FieldViolation = { field: 'count', fault: 'must not be sent together with delta' };
const IN_FUTURE: FieldViolation = {
  field: 'occurredAt',
  fault: `must not be more than ${MAX_AHEAD_MS / 60_000} minutes in the future`,
};

/** Maps messages to adjustments, so the same rules hold as for AdjustStock. Contains no rules. */
@Injectable()
export class StockAdjustmentConsumer implements CommandHandler {
  private readonly validation = new RequestValidationPipe();

  constructor(private readonly adjustments: AdjustmentService) {}

  /** Records a delivery or a count, once per adjustment id. */
  async handle(message: IncomingMessage): Promise<void> {
    const request = await this.validate(parseCommand(message));
    const { adjustmentId: id, sku, delta, count, reason, actor, allowShortfall = false } = request;
    if (delta !== undefined && count !== undefined) throw ServiceError.invalid([BOTH]);
    const occurredAt = new Date(request.occurredAt);
    if (occurredAt.getTime() > Date.now() + MAX_AHEAD_MS) throw ServiceError.invalid([IN_FUTURE]);
    await this.adjustments.adjust({
      ...{ id, sku, reason, actor, allowShortfall },
      change: count === undefined ? { delta: delta ?? 0 } : { setOnHand: count },
      expectedOnHand: null,
      ...(count !== undefined && { countedAt: occurredAt }),
    });
  }

  private async validate(body: Record<string, unknown>): Promise<StockAdjustmentDto> {
    const parameter = { type: 'body', metatype: StockAdjustmentDto } as const;
    return (await this.validation.transform(body, parameter)) as StockAdjustmentDto;
  }
}
