import { type Metadata, Metadata as GrpcMetadata, type StatusObject } from '@grpc/grpc-js';
import type { MessageTypeDefinition, PackageDefinition } from '@grpc/proto-loader';
import { loadProto, type Status } from '@app/contracts';
import { wireOf } from './reasons';
import type { ServiceError } from './service-error';

const DOMAIN = 'quickbite';
const DETAILS_KEY = 'grpc-status-details-bin';
const TYPE_URL = 'type.googleapis.com/google.rpc.';

type Message = MessageTypeDefinition<object, object>;

/** Loaded once, for the first error. */
let rpcTypes: PackageDefinition | undefined;

const rpcType = (name: string): Message => {
  rpcTypes ??= {
    ...loadProto('google/rpc/status.proto'),
    ...loadProto('google/rpc/error_details.proto'),
  };
  return rpcTypes[`google.rpc.${name}`] as Message;
};

/** Returns a google.protobuf.Any. In protobufjs its fields keep their proto names. */
const packAny = (name: string, message: object): { type_url: string; value: Buffer } => ({
  type_url: TYPE_URL + name,
  value: rpcType(name).serialize(message),
});

/** Returns the path in proto spelling: `lines[0].reservation_id` for `lines[0].reservationId`. */
const protoPath = (path: string): string =>
  path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * By default grpc-java accepts 8 KiB of metadata and discards the details of a status beyond that.
 * 25 fields of 64 characters fit.
 */
const MAX_FIELDS = 25;

const toDuration = (ms: number) => ({
  seconds: Math.floor(ms / 1_000),
  nanos: (ms % 1_000) * 1_000_000,
});

const detailsOf = ({ reason, fields, preconditions, metadata, retryAfterMs }: ServiceError) => {
  const leftOut = fields.length - MAX_FIELDS;
  const infoMetadata = Object.fromEntries(
    Object.entries({ ...metadata, ...(leftOut > 0 && { fields_left_out: String(leftOut) }) }).map(
      ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)],
    ),
  );
  return [
    packAny('ErrorInfo', { reason, domain: DOMAIN, metadata: infoMetadata }),
    ...(retryAfterMs === undefined
      ? []
      : [packAny('RetryInfo', { retryDelay: toDuration(Math.round(retryAfterMs)) })]),
    ...(fields.length > 0
      ? [
          packAny('BadRequest', {
            fieldViolations: fields.slice(0, MAX_FIELDS).map(({ field, fault }) => ({
              field: protoPath(field),
              description: `${protoPath(field)} ${fault}`,
            })),
          }),
        ]
      : []),
    ...(preconditions.length > 0
      ? [
          packAny('PreconditionFailure', {
            violations: preconditions.map((violation) => ({ type: reason, ...violation })),
          }),
        ]
      : []),
  ];
};

/** Returns the error as `google.rpc.Status`: for a trailer, or for one result of a batch. */
export const statusMessageOf = (error: ServiceError): Status => {
  const [first] = error.fields;
  return {
    code: wireOf(error.reason).grpc,
    message: first ? `${protoPath(first.field)} ${first.fault}` : error.message,
    // The generated types have typeUrl where protobufjs has type_url.
    details: detailsOf(error) as unknown as Status['details'],
  };
};

/** Returns the error as gRPC sends it, with `google.rpc.Status` in the trailer. */
export const grpcStatusOf = (error: ServiceError): StatusObject => {
  const message = statusMessageOf(error);
  const metadata = new GrpcMetadata();
  metadata.set(DETAILS_KEY, rpcType('Status').serialize(message));
  return { code: wireOf(error.reason).grpc, details: message.message, metadata };
};

/** The machine-readable part of an error. */
export interface ErrorInfo {
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Returns the ErrorInfo of one result of a batch, or undefined if it has none. */
export const errorInfoOf = ({ details }: Status): ErrorInfo | undefined => {
  const messages = details as unknown as { type_url: string; value: Buffer }[];
  const info = messages.find((detail) => detail.type_url === `${TYPE_URL}ErrorInfo`);
  return info && (rpcType('ErrorInfo').deserialize(info.value) as ErrorInfo);
};

/** Returns the ErrorInfo in the trailer of a failed call, or undefined if it has none. */
export const errorInfoFromTrailer = (trailer: Metadata): ErrorInfo | undefined => {
  const [raw] = trailer.get(DETAILS_KEY);
  return Buffer.isBuffer(raw)
    ? errorInfoOf(rpcType('Status').deserialize(raw) as Status)
    : undefined;
};

/** Returns ErrorInfo.reason in the trailer of a failed call, or undefined if it has none. */
export const reasonFromTrailer = (trailer: Metadata): string | undefined =>
  errorInfoFromTrailer(trailer)?.reason;
