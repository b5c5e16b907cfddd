import {
  type ServerInterceptingCall,
  type ServerInterceptor,
  type ServiceDefinition,
  status as GrpcStatus,
  type StatusObject,
} from '@grpc/grpc-js';
import {
  type FieldFault,
  LIMITS,
  maxExpandedBytesOf,
  maxRequestBytesOf,
  readDescriptorSet,
  requestPlans,
  RequestScanner,
  tooLarge,
} from '@app/contracts';
import { grpcStatusOf, ServiceError } from '@app/errors';

type PartialStatus = Pick<StatusObject, 'code' | 'details'> & Partial<StatusObject>;

/**
 * Parts of the server call of grpc-js that have no public equivalent: it has one size limit for all
 * methods, and reports a request that cannot be decoded as INTERNAL without details.
 */
interface CallInternals {
  /** Applies to a message after decompression. */
  maxReceiveMessageSize: number;
  readonly decoder: { maxReadMessageLength: number };
  sendStatus: (status: PartialStatus) => void;
  sendMessage: (message: unknown, sent: () => void) => void;
  /** The status has been sent, but messages may still wait before it. */
  readonly wantTrailers: boolean;
}

const MALFORMED = 'is malformed; send the binary form of the message that the method takes';
const EXPANDED = 'Received message that decompresses to a size larger';
const TOO_EXPANDED = `must be at most ${LIMITS.maxExpandedBytes} bytes after decompression; send it uncompressed`;
const NOT_COMPRESSED = 'is not compressed as its grpc-encoding says';

/** Checks every request before it is decoded, and explains what is wrong with it to the caller. */
export class RequestCheck {
  private readonly plans = requestPlans(readDescriptorSet());
  /** The fault of the message that is being decoded. grpc-js discards the error that is thrown. */
  private fault: FieldFault | undefined;

  /** Returns the service with a check before each decoding. */
  protect(service: ServiceDefinition): ServiceDefinition {
    const methods = Object.entries(service).map(([name, method]) => {
      const plan = this.plans.get(method.path) ?? UNKNOWN_PLAN;
      const scanner = new RequestScanner(plan, maxRequestBytesOf(method.path));
      const requestDeserialize = (bytes: Buffer): unknown => {
        this.fault = scanner.faultOf(bytes);
        if (this.fault) throw new Error(this.fault.fault);
        try {
          return method.requestDeserialize(bytes);
        } catch (error) {
          this.fault = { field: 'request', fault: MALFORMED };
          throw error;
        }
      };
      return [name, { ...method, requestDeserialize }];
    });
    return Object.fromEntries(methods) as ServiceDefinition;
  }

  /** Applies the size limit of the method to each call, and explains faults. Adds no layer to the call. */
  readonly interceptor: ServerInterceptor = ({ path }, call) => {
    const internals = call as unknown as CallInternals;
    const maxBytes = maxRequestBytesOf(path);
    internals.maxReceiveMessageSize = maxExpandedBytesOf(path);
    internals.decoder.maxReadMessageLength = maxBytes;
    internals.sendStatus = this.sendExplained;
    internals.sendMessage = sendBeforeStatus;
    return call as unknown as ServerInterceptingCall;
  };

  /** One function for all calls, so that a call adds no functions of its own. Runs as a method of a call. */
  private readonly sendExplained = sendExplainedBy((status, maxBytes) =>
    this.explained(status, maxBytes),
  );

  private explained(status: PartialStatus, maxBytes: number): PartialStatus {
    const fault = this.fault ?? faultOfTransport(status, maxBytes);
    this.fault = undefined;
    return fault ? grpcStatusOf(ServiceError.invalid([fault])) : status;
  }
}

/**
 * Sends no message behind the status. When a deadline passes while messages wait, the handler hears of it only after
 * they are sent. grpc-js would write what the handler sends until then, which is an error of the stream: Node then
 * never sends the status, and the call stays open. `sent` is not called, so the handler waits for its end.
 */
function sendBeforeStatus(this: CallInternals, message: unknown, sent: () => void): void {
  if (this.wantTrailers) return;
  const { sendMessage } = Object.getPrototypeOf(this) as CallInternals;
  sendMessage.call(this, message, sent);
}

/** Returns a `sendStatus` that sends what `explained` makes of the status. */
const sendExplainedBy = (explained: (status: PartialStatus, maxBytes: number) => PartialStatus) =>
  function (this: CallInternals, status: PartialStatus): void {
    const { sendStatus } = Object.getPrototypeOf(this) as CallInternals;
    sendStatus.call(this, explained(status, this.decoder.maxReadMessageLength));
  };

/** For services that are not in the descriptor set: checks the size and the form of the bytes alone. */
const UNKNOWN_PLAN = { message: { name: 'the request', fields: new Map() }, listCount: 0 } as const;

/** Returns the fault that grpc-js found before decoding, or undefined. Its statuses have no metadata. */
const faultOfTransport = (
  { code, details, metadata }: PartialStatus,
  maxBytes: number,
): FieldFault | undefined => {
  if (metadata) return undefined;
  if (code === GrpcStatus.RESOURCE_EXHAUSTED && details.startsWith(EXPANDED))
    return { field: 'request', fault: TOO_EXPANDED };
  if (code === GrpcStatus.RESOURCE_EXHAUSTED && details.startsWith('Received message'))
    return tooLarge(maxBytes);
  if (code === GrpcStatus.INTERNAL && details.startsWith('Failed to decompress'))
    return { field: 'request', fault: NOT_COMPRESSED };
  return undefined;
};
