import { status as GrpcStatus } from '@grpc/grpc-js';
import type { GrpcCaller, GrpcChecks } from './grpc-checks';
import type { GrpcClient } from './grpc-client';
import { type GrpcInput, type GrpcRequest, toCall } from './grpc-inputs';
import { isInvalidCall } from './grpc-validity';
import type { KnownObjects } from './known-objects';
import type { Outcome, Probe } from './probe';

interface Wire {
  readonly checks: GrpcChecks;
  readonly known: KnownObjects;
}

/** The outcome of such a call is unknown to its caller. */
const UNCERTAIN: readonly number[] = [
  GrpcStatus.DEADLINE_EXCEEDED,
  GrpcStatus.UNAVAILABLE,
  GrpcStatus.CANCELLED,
];

/** Returns an input as a probe. */
export const grpcProbe = (
  { checks, known }: Wire,
  input: GrpcInput,
  { caller, client }: { readonly caller: GrpcCaller; readonly client: GrpcClient },
  index: number,
): Probe => {
  const request = toCall(input, known);
  const isInvalid = isInvalidCall(request);
  return {
    index,
    wire: 'gRPC',
    target: input.rpc.name,
    caller: caller.name,
    validity: isInvalid ? 'invalid' : request.isPlain ? 'valid' : 'unsaid',
    mustChangeNothing: checks.mustChangeNothing(request, caller),
    send: () => makeCall(checks, request, caller, client),
    repro: () => `${caller.name}: ${toText(request)}`,
  };
};

const makeCall = async (
  checks: GrpcChecks,
  request: GrpcRequest,
  caller: GrpcCaller,
  client: GrpcClient,
): Promise<Outcome> => {
  const answer = await client.call(request);
  const { code, ending } = answer;
  const reason = checks.reasonOf(answer);
  const name = code === undefined ? `no status (${ending})` : (GrpcStatus[code] ?? String(code));
  // A single call also records that its units were missing.
  const isRecorded = reason === 'INSUFFICIENT_STOCK' && request.rpc.name === 'ReserveStock';
  return {
    label: reason === undefined ? name : `${name} ${reason}`,
    isError: code !== GrpcStatus.OK,
    mayHaveChanged: code === undefined || UNCERTAIN.includes(code) || isRecorded,
    faults: checks.faultsOf(request, answer, caller),
  };
};

const toText = ({ path, headers, body }: GrpcRequest): string => {
  const metadata = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `POST ${path} {${metadata.join(', ')}} base64 ${body.subarray(0, 3_000).toString('base64')}`;
};
