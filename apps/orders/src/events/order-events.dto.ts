import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { OrderEventDto, toOrderEventDto } from '../timeline/timeline.dto';
import type { OrderLogEvent } from './order-log-event';

/** An event of any order. */
@ApiSchema({ name: 'AnyOrderEvent' })
export class AnyOrderEventDto extends OrderEventDto {
  /**
   * The order.
   * @example "01a205e9-7f9d-7672-84c8-648a6e3200e2"
   */
  @ApiProperty({ format: 'uuid' })
  orderId!: string;
}

export const toAnyOrderEventDto = (event: OrderLogEvent): AnyOrderEventDto =>
  Object.assign({ orderId: event.orderId }, toOrderEventDto(event));
