import { type Metadata, Metadata as GrpcMetadata, type StatusObject } from '@grpc/grpc-js';
import type { MessageTypeDefinition, PackageDefinition } from '@grpc/proto-loader';
import { loadProto, type Status } from '@app/contracts';
import { wireOf } from './reasons';
import type { ServiceError } from './service-error';

const DOMAIN = 'quickbite';
const DETAILS_KEY = 'grpc-status-details-bin';
const TYPE_URL = 'type.googleapis.com/google.rpc.';

type Message = MessageTypeDefinition<object, object>;

/** Loaded once, when the first error is written. */
let rpcTypes: PackageDefinition | undefined;

const rpcType = (name: string): Message => {
  rpcTypes ??= {
    ...loadProto('google/rpc/status.proto'),
    ...loadProto('google/rpc/error_details.proto'),
  };
  return rpcTypes[`google.rpc.${name}`] as Message;
};

/** A google.protobuf.Any, whose fields keep their proto names in protobufjs. */
const packAny = (name: string, message: object): { type_url: string; value: Buffer } => ({
  type_url: TYPE_URL + name,
  value: rpcType(name).serialize(message),
});

/** `lines[0].reservationId` as the proto file spells it: `lines[0].reservation_id`. */
const protoPath = (path: string): string =>
  path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * Trailers are small: grpc-java takes 8 KiB of metadata unless told otherwise, and drops the rest of
 * a status that has more. 25 fields of 64 characters fit.
 */
const MAX_FIELDS = 25;

const detailsOf = ({ reason, fields, preconditions, metadata }: ServiceError) => {
  const leftOut = fields.length - MAX_FIELDS;
  const infoMetadata = Object.fromEntries(
    Object.entries({ ...metadata, ...(leftOut > 0 && { fields_left_out: String(leftOut) }) }).map(
      ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)],
    ),
  );
  return [
    packAny('ErrorInfo', { reason, domain: DOMAIN, metadata: infoMetadata }),
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

/** The error as a message: in the trailer of a call, or in the answer to one request of many. */
export const statusMessageOf = (error: ServiceError): Status => {
  const [first] = error.fields;
  return {
    code: wireOf(error.reason).grpc,
    message: first ? `${protoPath(first.field)} ${first.fault}` : error.message,
    // Generated types say typeUrl for what protobufjs calls type_url.
    details: detailsOf(error) as unknown as Status['details'],
  };
};

/** The error as gRPC sends it, with `google.rpc.Status` in the trailer for those who read details. */
export const grpcStatusOf = (error: ServiceError): StatusObject => {
  const message = statusMessageOf(error);
  const metadata = new GrpcMetadata();
  metadata.set(DETAILS_KEY, rpcType('Status').serialize(message));
  return { code: wireOf(error.reason).grpc, details: message.message, metadata };
};

/** What an error of ours says to programs. */
export interface ErrorInfo {
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Reads the ErrorInfo of one request's error, in the answer to many. Undefined: there is none. */
export const errorInfoOf = ({ details }: Status): ErrorInfo | undefined => {
  const messages = details as unknown as { type_url: string; value: Buffer }[];
  const info = messages.find((detail) => detail.type_url === `${TYPE_URL}ErrorInfo`);
  return info && (rpcType('ErrorInfo').deserialize(info.value) as ErrorInfo);
};

/** Reads the ErrorInfo from the trailer of a failed call. Undefined: there is none. */
export const errorInfoFromTrailer = (trailer: Metadata): ErrorInfo | undefined => {
  const [raw] = trailer.get(DETAILS_KEY);
  return Buffer.isBuffer(raw)
    ? errorInfoOf(rpcType('Status').deserialize(raw) as Status)
    : undefined;
};

/** Reads ErrorInfo.reason from the trailer of a failed call. Undefined: there is none. */
export const reasonFromTrailer = (trailer: Metadata): string | undefined =>
  errorInfoFromTrailer(trailer)?.reason;
