import { Inject, Injectable } from '@nestjs/common';
import type { JSONWebKeySet } from 'jose';
import { JWT_OPTIONS, type JwtOptions } from './access-options';
import { toKeySet } from './key-set';

const TIMEOUT_MS = 3_000;
/** Ten keys with their certificates take some 50 kB. */
const MAX_BYTES = 262_144;
/** Of a message of Node, which may be long. */
const MAX_ERROR_LENGTH = 200;

/** Fetches the keys of the identity provider. Follows no redirect, and bounds the time and the bytes. */
@Injectable()
export class SigningKeysClient {
  constructor(@Inject(JWT_OPTIONS) private readonly options: JwtOptions) {}

  /** Returns the keys. Rejects with an Error whose message is for the log. */
  async fetch(): Promise<JSONWebKeySet> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await fetch(this.options.jwksUrl, {
        headers: { Accept: 'application/jwk-set+json, application/json' },
        redirect: 'manual',
        signal,
      });
      return toKeySet(JSON.parse(await textOf(response)));
    } catch (error) {
      const message = signal.aborted ? `No response within ${TIMEOUT_MS} ms` : messageOf(error);
      throw new Error(message.slice(0, MAX_ERROR_LENGTH), { cause: error });
    }
  }
}

const textOf = async (response: Response): Promise<string> => {
  if (response.status !== 200) {
    await response.body?.cancel();
    const isRedirect = response.status >= 300 && response.status <= 399;
    const hint = isRedirect ? '; redirects are not followed' : '';
    throw new Error(`The response was ${response.status}${hint}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`The response is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
};

/** `fetch` itself only says that it has failed. */
const messageOf = (error: unknown): string => {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message || message : message;
};
