import { constants, type ServerHttp2Stream } from 'node:http2';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { Controller, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { Observable } from 'rxjs';
import {
  INVENTORY_SERVICE,
  toDate,
  toTimestamp,
  type WatchStockRequest,
  type WatchStockResponse,
} from '@app/contracts';
import { toStockLevelDto, toProtoMovement } from '../stock/stock-mapping';
import type { WatchRequest } from './positions';
import { WatchStockDto } from './watch.dto';
import { WatchService } from './watch.service';
import type { Reader, WatchEvent } from './watcher';

type StockWatchCall = ServerWritableStream<WatchStockRequest, WatchStockResponse>;

/** Injects the gRPC call, which reports whether its send buffer is full. */
const GrpcCall = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  context.getArgByIndex<StockWatchCall>(2),
);

/** Maps gRPC messages to service calls and back. Contains no rules. */
@Controller()
export class WatchGrpcController {
  constructor(private readonly watches: WatchService) {}

  @GrpcMethod(INVENTORY_SERVICE)
  watchStock(
    @Payload() request: WatchStockDto,
    @GrpcCall() call: StockWatchCall,
  ): Observable<WatchStockResponse> {
    return new Observable((subscriber) => {
      const reader = readerOf(call, (event) => subscriber.next(toProtoEvent(event)));
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

/** The HTTP/2 stream of a call. grpc-js has no public way to it. */
interface CallInternals {
  readonly call: { readonly stream: ServerHttp2Stream };
}

/**
 * Reports a full send buffer as `isFull`, because Nest buffers without limit what cannot be written
 * at once.
 */
const readerOf = (call: StockWatchCall, send: Reader['send']): Reader => {
  const { stream } = (call as unknown as CallInternals).call;
  return {
    peer: stream.session?.socket.remoteAddress ?? '',
    send,
    isFull: () => call.writableNeedDrain,
    isClosed: () => call.destroyed,
    isConnectionEnding: () => stream.session?.closed ?? false,
    on: (event, listener) => void call.on(event, listener),
    disconnect: () => stream.close(constants.NGHTTP2_REFUSED_STREAM),
  };
};

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
