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

/**
 * Options of every channel to Inventory. The configuration alone decides where calls go: neither the
 * variables of a proxy (http_proxy, grpc_proxy) nor a TXT record of the name do.
 */
export const CHANNEL_OPTIONS = {
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
} as const;

/**
 * Returns the gRPC target of one host and port, or of several IPv4 addresses with ports. Without a scheme,
 * gRPC takes a host such as `dns` for one.
 */
export const targetOf = (addresses: string): string =>
  addresses.includes(',') ? `ipv4:${addresses}` : `dns:///${addresses}`;
