import { constants, type ServerHttp2Stream } from 'node:http2';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

/** The client of one streaming call, and its connection. */
export interface StreamClient {
  /** The address of the client. */
  readonly peer: string;
  /** Whether sent messages must drain before the next one. */
  isFull(): boolean;
  isClosed(): boolean;
  /** Whether the connection takes no new calls and waits for the end of this one. */
  isConnectionEnding(): boolean;
  on(event: 'drain' | 'close', listener: () => void): void;
  /** Closes the call without waiting for the client to read its end. */
  disconnect(): void;
}

export type StreamingCall = ServerWritableStream<unknown, unknown>;

/** Injects the gRPC call, which reports whether its send buffer is full. */
export const GrpcCall = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  context.getArgByIndex<StreamingCall>(2),
);

/** The HTTP/2 stream of a call. grpc-js has no public way to it. */
interface CallInternals {
  readonly call: { readonly stream: ServerHttp2Stream };
}

/**
 * Returns the client of a call. It reports a full send buffer as `isFull`, because Nest buffers without
 * limit what cannot be written at once.
 */
export const streamClientOf = (call: StreamingCall): StreamClient => {
  const { stream } = (call as unknown as CallInternals).call;
  return {
    peer: stream.session?.socket.remoteAddress ?? '',
    isFull: () => call.writableNeedDrain,
    isClosed: () => call.destroyed,
    isConnectionEnding: () => stream.session?.closed ?? false,
    on: (event, listener) => void call.on(event, listener),
    disconnect: () => stream.close(constants.NGHTTP2_REFUSED_STREAM),
  };
};
