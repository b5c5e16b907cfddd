import type { CallOptions, Metadata } from '@grpc/grpc-js';
import type { Observable } from 'rxjs';

/**
 * The type of Nest's `ClientGrpc.getService` for a generated service. Call options are required: a
 * call without a deadline waits forever for a server that hangs.
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
