import { Client, credentials } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { service as healthService } from 'grpc-health-check';

const check = healthService.Check as MethodDefinition<object, object>;
const TIMEOUT_MS = 2_000;

/** Returns whether the health service of a gRPC server reports SERVING. */
export function isGrpcServing(address: string): Promise<boolean> {
  const client = new Client(address, credentials.createInsecure());
  return new Promise((resolve) => {
    const deadline = Date.now() + TIMEOUT_MS;
    const { path, requestSerialize, responseDeserialize } = check;
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize as (bytes: Buffer) => { status: string },
      { service: '' },
      { deadline },
      (error, answer) => {
        client.close();
        resolve(!error && answer?.status === 'SERVING');
      },
    );
  });
}

export async function isHttpOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return response.ok;
  } catch {
    return false;
  }
}
