import type { CallOptions, Metadata } from '@grpc/grpc-js';
import type { Observable } from 'rxjs';

/**
 * What Nest's `ClientGrpc.getService` gives for a generated service. A call without a deadline
 * waits for ever on a server that hangs, so options are not optional here.
 */
export type GrpcClient<Service> = {
  [Method in keyof Service]: Service[Method] extends (
    request: infer Request,
  ) => Promise<infer Reply>
    ? (
        request: Request,
        metadata: Metadata,
        options: CallOptions & { deadline: Date },
      ) => Observable<Reply>
    : never;
};
