import type { ServiceError } from '@grpc/grpc-js';
import type { MessageTypeDefinition, PackageDefinition } from '@grpc/proto-loader';
import { loadProto } from '@app/contracts';

const DETAILS_KEY = 'grpc-status-details-bin';
const ERROR_INFO = 'google.rpc.ErrorInfo';

interface Status {
  readonly details: readonly { readonly type_url: string; readonly value: Buffer }[];
}

let rpcTypes: PackageDefinition | undefined;

const decode = (type: string, bytes: Buffer): object => {
  rpcTypes ??= {
    ...loadProto('google/rpc/status.proto'),
    ...loadProto('google/rpc/error_details.proto'),
  };
  return (rpcTypes[type] as MessageTypeDefinition<object, object>).deserialize(bytes);
};

/** The stable name of what went wrong, as docs/errors.md lists it, where the server gave one. */
export function reasonOf({ metadata }: ServiceError): string | undefined {
  const [trailer] = metadata.get(DETAILS_KEY);
  if (!Buffer.isBuffer(trailer)) return undefined;
  const { details } = decode('google.rpc.Status', trailer) as Status;
  const info = details.find(({ type_url }) => type_url.endsWith(`/${ERROR_INFO}`));
  return info && (decode(ERROR_INFO, info.value) as { reason: string }).reason;
}
