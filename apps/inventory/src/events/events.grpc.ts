import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { Observable } from 'rxjs';
import {
  EventStreamStart,
  INVENTORY_SERVICE,
  type StreamEventsResponse,
  toTimestamp,
} from '@app/contracts';
import { GrpcCall, streamClientOf, type StreamingCall } from '../grpc/stream-client';
import { toProtoEvent } from './event-mapping';
import {
  type EventMessage,
  type EventStreamRequest,
  EventStreamsService,
} from './event-streams.service';
import { StreamEventsDto } from './events.dto';
import { skusOf } from './inventory-event';

/** Maps gRPC messages to service calls and back. Contains no rules. */
@Controller()
export class EventsGrpcController {
  constructor(private readonly streams: EventStreamsService) {}

  @GrpcMethod(INVENTORY_SERVICE)
  streamEvents(
    @Payload() request: StreamEventsDto,
    @GrpcCall() call: StreamingCall,
  ): Observable<StreamEventsResponse> {
    return new Observable((subscriber) => {
      const send = (message: EventMessage) => subscriber.next(toProtoMessage(message));
      this.streams.stream(toStreamRequest(request), streamClientOf(call), send).then(
        () => subscriber.complete(),
        (error: unknown) => subscriber.error(error),
      );
    });
  }
}

const toStreamRequest = ({ after, from, types, skus }: StreamEventsDto): EventStreamRequest => {
  const wantedTypes = new Set(types);
  const wantedSkus = new Set(skus);
  const start = from === EventStreamStart.EVENT_STREAM_START_OLDEST ? 'oldest' : 'now';
  return {
    start: after === undefined ? start : { token: after },
    matches: (event) =>
      (wantedTypes.size === 0 || wantedTypes.has(event.type)) &&
      (wantedSkus.size === 0 || skusOf(event).some((sku) => wantedSkus.has(sku))),
  };
};

const toProtoMessage = ({ position, event }: EventMessage): StreamEventsResponse => ({
  position,
  ...(event ? { event: toProtoEvent(event) } : { heartbeat: { sentAt: toTimestamp(new Date()) } }),
});
