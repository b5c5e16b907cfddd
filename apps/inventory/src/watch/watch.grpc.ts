import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { Observable } from 'rxjs';
import { INVENTORY_SERVICE, toDate, toTimestamp, type WatchStockResponse } from '@app/contracts';
import { GrpcCall, streamClientOf, type StreamingCall } from '../grpc/stream-client';
import { toStockLevelDto, toProtoMovement } from '../stock/stock-mapping';
import type { WatchRequest } from './positions';
import { WatchStockDto } from './watch.dto';
import { WatchService } from './watch.service';
import type { WatchEvent } from './watcher.service';

/** Maps gRPC messages to service calls and back. Contains no rules. */
@Controller()
export class WatchGrpcController {
  constructor(private readonly watches: WatchService) {}

  @GrpcMethod(INVENTORY_SERVICE)
  watchStock(
    @Payload() request: WatchStockDto,
    @GrpcCall() call: StreamingCall,
  ): Observable<WatchStockResponse> {
    return new Observable((subscriber) => {
      const send = (event: WatchEvent) => subscriber.next(toProtoEvent(event));
      const reader = { ...streamClientOf(call), send };
      this.watches.watch(toWatchRequest(request), reader).then(
        () => subscriber.complete(),
        (error: unknown) => subscriber.error(error),
      );
    });
  }
}

const toWatchRequest = ({ skus, after }: WatchStockDto): WatchRequest => ({
  skus,
  after: after.map(({ sku, seq, occurredAt }) => ({
    sku,
    seq,
    occurredAt: occurredAt && toDate(occurredAt),
  })),
});

const toProtoEvent = (event: WatchEvent): WatchStockResponse => {
  if (event.kind === 'heartbeat') return { heartbeat: { sentAt: toTimestamp(new Date()) } };
  const { sku, level, movement } = event;
  return {
    change: {
      level: toStockLevelDto(sku, level),
      movement: movement && toProtoMovement(movement),
    },
  };
};
