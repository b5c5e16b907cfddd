import { lookup } from 'node:dns';
import http, { type Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { bulkhead, BulkheadRejectedError } from 'cockatiel';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';
import { type AttemptOutcome } from './delivery';
import { isSuccess, type WebhookTarget } from './webhook';
import { WEBHOOK_OPTIONS, type WebhookOptions } from './webhook-options';
import { signedHeaders, type WebhookMessage } from './webhook-signature';

/** Bytes of a response's body that are read, and thrown away. */
const MAX_BODY_BYTES = 16_384;
/** A body that has not ended by then does not keep the next delivery waiting. */
const MAX_BODY_MS = 1_000;
const IDLE_CONNECTION_MS = 15_000;
const MAX_IDLE_CONNECTIONS = 64;
/** Look-ups of names at a time. Node has four threads for them, which Postgres connections need as well. */
const MAX_LOOKUPS = 2;
const MAX_QUEUED_LOOKUPS = 1_000;
/** Of a message of Node, which may be long. */
const MAX_ERROR_LENGTH = 200;

const NOT_PUBLIC =
  'The host has no public address. Use a public one; an operator can allow others with ORDERS_WEBHOOK_ALLOW_PRIVATE';

/** Only the first look-ups run; the others wait. */
const boundedLookup = (): LookupFunction => {
  const lane = bulkhead(MAX_LOOKUPS, MAX_QUEUED_LOOKUPS);
  return (hostname, options, callback) => {
    const find = () =>
      new Promise<void>((resolve) => {
        lookup(hostname, options, (error, address, family) => {
          resolve();
          callback(error, address, family);
        });
      });
    lane.execute(find).catch((error: unknown) => {
      const isFull = error instanceof BulkheadRejectedError;
      callback(isFull ? new Error('Too many look-ups of names') : (error as Error), '', 0);
    });
  };
};

/**
 * Sends events to webhooks. Compares the address of a host at the moment of the connection, so that a name
 * that leads to a private address is refused, whatever it led to before. Follows no redirect, reads a bounded
 * part of the response, and ends each attempt in time.
 */
@Injectable()
export class WebhookDeliveryClient implements OnApplicationShutdown {
  private readonly agents: { readonly 'http:': Agent; readonly 'https:': https.Agent };

  constructor(@Inject(WEBHOOK_OPTIONS) private readonly options: WebhookOptions) {
    const agentOptions = {
      keepAlive: true,
      maxFreeSockets: MAX_IDLE_CONNECTIONS,
      timeout: IDLE_CONNECTION_MS,
      lookup: boundedLookup(),
      allowPrivateIPAddress: options.allowPrivate,
      allowMetaIPAddress: options.allowPrivate,
    };
    this.agents = {
      'http:': new RequestFilteringHttpAgent(agentOptions),
      'https:': new RequestFilteringHttpsAgent(agentOptions),
    };
  }

  onApplicationShutdown(): void {
    for (const agent of Object.values(this.agents)) agent.destroy();
  }

  /**
   * Sends a message, signed with the time of now. Never rejects: what went wrong is the outcome. A response
   * other than 2xx, a redirect included, is a failure.
   */
  async send(
    { url, secrets }: Pick<WebhookTarget, 'url' | 'secrets'>,
    message: WebhookMessage,
    signal: AbortSignal,
  ): Promise<AttemptOutcome> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.options.timeoutMs)]);
    const attempt = () => this.request(new URL(url), secrets, message, limit);
    try {
      return await attempt().catch((error: unknown) => {
        // The receiver closed an idle connection in the moment in which it was used.
        if (error instanceof StaleConnectionError) return attempt();
        throw error;
      });
    } catch (error) {
      return { isDelivered: false, responseCode: null, error: this.describe(error, limit) };
    }
  }

  private async request(
    url: URL,
    secrets: readonly string[],
    message: WebhookMessage,
    signal: AbortSignal,
  ): Promise<AttemptOutcome> {
    const body = Buffer.from(message.body);
    const isSecure = url.protocol === 'https:';
    const request = (isSecure ? https : http).request(url, {
      method: 'POST',
      agent: isSecure ? this.agents['https:'] : this.agents['http:'],
      signal,
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': body.length,
        'User-Agent': 'QuickBite-Webhooks/1',
        ...signedHeaders(message, secrets, Date.now()),
      },
    });
    const connected = isSecure ? 'secureConnect' : 'connect';
    const response = await this.responseTo(request, body, connected);
    await discardBody(response);
    return toOutcome(response);
  }

  private responseTo(
    request: ClientRequest,
    body: Buffer,
    event: 'connect' | 'secureConnect',
  ): Promise<IncomingMessage> {
    const { connectTimeoutMs } = this.options;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => request.destroy(new Error(`No connection within ${connectTimeoutMs} ms`)),
        connectTimeoutMs,
      );
      request.on('socket', (socket) => {
        if (request.reusedSocket) clearTimeout(timer);
        else socket.once(event, () => clearTimeout(timer));
      });
      request.on('response', (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      request.on('error', (error) => {
        clearTimeout(timer);
        const isStale = request.reusedSocket && codeOf(error) === 'ECONNRESET';
        reject(isStale ? new StaleConnectionError() : error);
      });
      request.end(body);
    });
  }

  private describe(error: unknown, limit: AbortSignal): string {
    if (limit.aborted) return `No response within ${this.options.timeoutMs} ms`;
    const message = error instanceof Error ? error.message : String(error);
    if (/^DNS lookup .* is not allowed/.test(message)) return NOT_PUBLIC;
    return (message || String(codeOf(error))).slice(0, MAX_ERROR_LENGTH);
  }
}

/** A connection that was kept open was closed by the receiver. */
class StaleConnectionError extends Error {}

const codeOf = (error: unknown): unknown => (Object(error) as { code?: unknown }).code;

/** Reads the body to its end, so that the connection can be used again, or closes the connection. */
const discardBody = (response: IncomingMessage): Promise<void> =>
  new Promise((resolve) => {
    let bytes = 0;
    const timer = setTimeout(() => response.destroy(), MAX_BODY_MS);
    response.on('data', ({ length }: Buffer) => {
      bytes += length;
      if (bytes > MAX_BODY_BYTES) response.destroy();
    });
    // The status has been read: a body that is cut off changes nothing.
    response.on('error', () => undefined);
    response.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });

/** `Retry-After` in seconds. That as a date is ignored. */
const retryAfterMsOf = ({ headers }: IncomingMessage): number | undefined => {
  const { 'retry-after': seconds = '' } = headers;
  return /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
};

const toOutcome = (response: IncomingMessage): AttemptOutcome => {
  const { statusCode: responseCode = 0 } = response;
  if (isSuccess(responseCode)) return { isDelivered: true, responseCode, error: null };
  const isRedirect = responseCode >= 300 && responseCode <= 399;
  const error = isRedirect
    ? `The response was ${responseCode}; redirects are not followed`
    : `The response was ${responseCode}`;
  const retryAfterMs = retryAfterMsOf(response);
  return {
    isDelivered: false,
    responseCode,
    error,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
};
