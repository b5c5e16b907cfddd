import { constants } from 'node:http2';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { Controller, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { Observable } from 'rxjs';
import {
  INVENTORY_SERVICE,
  toTimestamp,
  type WatchStockRequest,
  type WatchStockResponse,
} from '@app/contracts';
import { toStockLevelDto, toProtoMovement } from '../stock/stock-mapping';
import { WatchStockDto } from './watch.dto';
import { WatchService } from './watch.service';
import type { Reader, WatchEvent } from './watcher';

type Call = ServerWritableStream<WatchStockRequest, WatchStockResponse>;

/** The call itself, which knows how much of what was sent has gone out. */
const GrpcCall = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  context.getArgByIndex<Call>(2),
);

/** Translates the wire to the service and back; holds no rules of its own. */
@Controller()
export class WatchGrpcController {
  constructor(private readonly watches: WatchService) {}

  @GrpcMethod(INVENTORY_SERVICE)
  watchStock(
    @Payload() request: WatchStockDto,
    @GrpcCall() call: Call,
  ): Observable<WatchStockResponse> {
    return new Observable((subscriber) => {
      const reader = readerOf(call, (event) => subscriber.next(toMessage(event)));
      this.watches.watch(request, reader).then(
        () => subscriber.complete(),
        (error: unknown) => subscriber.error(error),
      );
    });
  }
}

/** Nest writes what it is given, and keeps what cannot be written: so it is given no more then. */
const readerOf = (call: Call, send: Reader['send']): Reader => ({
  send,
  isFull: () => call.writableNeedDrain,
  isClosed: () => call.destroyed,
  on: (event, listener) => void call.on(event, listener),
  cut: () => {
    // grpc-js has no way to end a call whose caller does not read, other than ending all of them.
    const { call: inner } = call as unknown as { call: { stream: { close(code: number): void } } };
    inner.stream.close(constants.NGHTTP2_REFUSED_STREAM);
  },
});

const toMessage = (event: WatchEvent): WatchStockResponse => {
  if (event.kind === 'heartbeat') return { heartbeat: { sentAt: toTimestamp(new Date()) } };
  const { sku, level, movement } = event;
  return {
    change: {
      level: toStockLevelDto(sku, level),
      movement: movement && toProtoMovement(movement),
    },
  };
};
