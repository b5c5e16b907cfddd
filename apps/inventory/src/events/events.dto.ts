import { IsIn, IsOptional, MinLength } from 'class-validator';
import { EventStreamStart, IsSkuFilter, type StreamEventsRequest } from '@app/contracts';
import { INVENTORY_EVENT_TYPES, type InventoryEventType } from './inventory-event';

const STARTS = [
  EventStreamStart.EVENT_STREAM_START_UNSPECIFIED,
  EventStreamStart.EVENT_STREAM_START_NOW,
  EventStreamStart.EVENT_STREAM_START_OLDEST,
];

export class StreamEventsDto implements StreamEventsRequest {
  @IsOptional()
  @MinLength(1, { message: 'must not be empty; leave it out to begin now' })
  after?: string;

  @IsOptional()
  @IsIn(STARTS, { message: 'must be EVENT_STREAM_START_NOW or EVENT_STREAM_START_OLDEST' })
  from?: EventStreamStart;

  @IsIn(INVENTORY_EVENT_TYPES, {
    each: true,
    message: `must be one of ${INVENTORY_EVENT_TYPES.join(', ')}`,
  })
  types!: InventoryEventType[];

  @IsSkuFilter()
  skus!: string[];
}
