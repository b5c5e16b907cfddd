import { existsSync, readFileSync } from 'node:fs';
import { type ChannelCredentials, Client, credentials } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { service as healthService } from 'grpc-health-check';
import { setting } from './launch-settings';

const check = healthService.Check as MethodDefinition<object, object>;
const TIMEOUT_MS = 2_000;

/** Returns whether the health service of a gRPC server reports SERVING. */
export function isGrpcServing(address: string): Promise<boolean> {
  const client = new Client(address, security());
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

/**
 * With TLS, shows the certificate of Inventory itself, whose authority and name do not matter on this machine.
 * Files that cannot be read are Inventory's to report.
 */
function security(): ChannelCredentials {
  const [certificate, key] = [
    setting('INVENTORY_TLS_CERT_FILE'),
    setting('INVENTORY_TLS_KEY_FILE'),
  ];
  if (!certificate || !key || !existsSync(certificate) || !existsSync(key))
    return credentials.createInsecure();
  return credentials.createSsl(null, readFileSync(key), readFileSync(certificate), {
    rejectUnauthorized: false,
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
