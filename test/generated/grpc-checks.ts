import { status as GrpcStatus } from '@grpc/grpc-js';
import { Enum, type Root, Type } from 'protobufjs';
import type { GrpcAnswer } from './grpc-client';
import type { GrpcRequest } from './grpc-inputs';
import { isInvalidCall } from './grpc-validity';
import { leakIn } from './leaks';

/** Who makes a call. */
export interface GrpcCaller {
  readonly name: string;
  /** `none`: the server does not accept its connections. */
  readonly may: 'none' | 'health' | 'calls' | 'adjustments';
}

const OK: number = GrpcStatus.OK;
const ADJUSTMENTS = ['AdjustStock', 'SetStockThreshold'];
/** Of HTTP/2: the server has enough of a request that is too large. */
const RESET_TOO_LARGE = 'reset 11';

type Message = Readonly<Record<string, unknown>>;

/** Compares answers with the proto. */
export class GrpcChecks {
  private readonly status: Type;
  private readonly errorInfo: Type;

  constructor(
    root: Root,
    private readonly secrets: readonly string[],
  ) {
    this.status = root.lookupType('google.rpc.Status');
    this.errorInfo = root.lookupType('google.rpc.ErrorInfo');
  }

  /** Whether the proto or the certificate says that the call must fail, or it only reads. */
  mustChangeNothing(request: GrpcRequest, caller: GrpcCaller): boolean {
    const { rpc, isPlain } = request;
    return rpc.isRead || !isAllowed(request, caller) || (isPlain && isInvalidCall(request));
  }

  /** Returns the reason of an error. */
  reasonOf({ details }: GrpcAnswer): string | undefined {
    if (!details) return undefined;
    const { details: entries = [] } = this.status.decode(details) as unknown as {
      details?: readonly { type_url: string; value: Uint8Array }[];
    };
    const found = entries.find(({ type_url: url }) => url.endsWith('google.rpc.ErrorInfo'));
    return found && (this.errorInfo.decode(found.value) as unknown as { reason: string }).reason;
  }

  /** Returns everything that is wrong with an answer. */
  faultsOf(request: GrpcRequest, answer: GrpcAnswer, caller: GrpcCaller): string[] {
    const { code } = answer;
    const leak = leakIn(decodeURIComponent(answer.message), this.secrets);
    const faults = [
      leak === undefined ? undefined : `the message contains ${leak}`,
      code === undefined ? connectionFault(request, answer, caller) : undefined,
      code === undefined || code === OK ? undefined : this.errorFault(request, answer),
      code === OK ? this.successFault(request, answer, caller) : undefined,
      ...answer.messages.map((each) => messageFault(request, each)),
    ];
    return faults.filter((fault) => fault !== undefined);
  }

  private errorFault(
    { rpc, path, headers, isMiscounted }: GrpcRequest,
    answer: GrpcAnswer,
  ): string | undefined {
    const name = GrpcStatus[answer.code ?? 0] ?? `code ${answer.code}`;
    if (name === 'UNKNOWN' || name === 'INTERNAL') return `${name}: ${answer.message}`;
    if (name === 'UNIMPLEMENTED') {
      // Also the code for too few or too many messages, as gRPC prescribes.
      const isExpected = path !== rpc.path || 'grpc-encoding' in headers || isMiscounted;
      return !isExpected ? `UNIMPLEMENTED: ${answer.message}` : undefined;
    }
    if (name === 'DEADLINE_EXCEEDED' && headers['grpc-timeout'] === undefined)
      return 'DEADLINE_EXCEEDED without a deadline';
    // The proto does not describe health checks, nor methods that do not exist.
    if (path !== rpc.path) return undefined;
    const reason = this.reasonOf(answer);
    const missing = [name, reason ?? name].find((each) => !rpc.documented.has(each));
    return missing === undefined ? undefined : `${rpc.name} does not document ${missing}`;
  }

  private successFault(
    request: GrpcRequest,
    answer: GrpcAnswer,
    caller: GrpcCaller,
  ): string | undefined {
    if (!isAllowed(request, caller)) return 'succeeds without permission';
    const { rpc, path, isPlain } = request;
    if (isPlain && isInvalidCall(request))
      return 'succeeds although the proto calls the request invalid';
    const isOne = rpc.isStream || path !== rpc.path || answer.messages.length === 1;
    return isOne ? undefined : `${answer.messages.length} messages`;
  }
}

const isAllowed = ({ rpc, path }: GrpcRequest, { may }: GrpcCaller): boolean => {
  if (path.startsWith('/grpc.health.v1.')) return may !== 'none';
  if (path === rpc.path && ADJUSTMENTS.includes(rpc.name)) return may === 'adjustments';
  return may === 'calls' || may === 'adjustments';
};

const connectionFault = (
  { body, headers }: GrpcRequest,
  { ending, httpStatus }: GrpcAnswer,
  { may }: GrpcCaller,
): string | undefined => {
  if (may === 'none') return undefined;
  if (ending === RESET_TOO_LARGE && (body.length > 60_000 || 'x-large' in headers))
    return undefined;
  // gRPC prescribes these for requests that are not gRPC.
  if (httpStatus === 415 && headers['content-type'] !== undefined) return undefined;
  if (httpStatus !== undefined && headers[':method'] !== undefined && httpStatus < 500)
    return undefined;
  return `no status: ${ending}, HTTP ${httpStatus}`;
};

const messageFault = ({ rpc, path }: GrpcRequest, bytes: Buffer): string | undefined => {
  if (path !== rpc.path) return undefined;
  try {
    const message = rpc.response.decode(bytes);
    const again = rpc.response.encode(message).finish();
    if (again.length !== bytes.length) return `${rpc.response.name} has unknown fields`;
    return valueFault(rpc.response, message as unknown as Message);
  } catch (error) {
    return `${rpc.response.name} cannot be decoded: ${String(error)}`;
  }
};

/** Enums have a value of the proto other than the one that is never sent. */
const valueFault = (type: Type, message: Message): string | undefined => {
  for (const field of type.fieldsArray) {
    const { name, repeated, resolvedType } = field;
    // An enum that is absent has the value that is never sent.
    if (!Object.hasOwn(message, name) && !(resolvedType instanceof Enum)) continue;
    const entries = (repeated ? message[name] : [message[name]]) as readonly unknown[];
    for (const entry of entries) {
      const fault =
        resolvedType instanceof Enum
          ? enumFault(resolvedType, entry, field.fullName)
          : resolvedType instanceof Type && typeof entry === 'object' && entry !== null
            ? valueFault(resolvedType, entry as Message)
            : undefined;
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
};

const enumFault = ({ valuesById }: Enum, value: unknown, name: string): string | undefined =>
  value !== 0 && valuesById[Number(value)] !== undefined
    ? undefined
    : `${name} is ${String(value)}`;
