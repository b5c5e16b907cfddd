import { type Answer, type Caller, UNANSWERED_PAUSE_MS, wrong } from './caller';
import { type HttpAnswer, HttpConnection } from './http-connection';
import type { LoadPlan } from './plan';

/** One client of Orders: keeps a connection to each process that it calls, and opens lost ones again. */
export class OrderConnections {
  private readonly connections = new Map<string, HttpConnection>();

  /** Never rejects. `address` is host:port. */
  async send(address: string, bytes: Buffer): Promise<HttpAnswer> {
    try {
      let connection = this.connections.get(address);
      if (!connection?.isOpen) {
        connection = await HttpConnection.open(address);
        this.connections.set(address, connection);
      }
      return await connection.send(bytes);
    } catch (error) {
      return { status: 0, body: String(error), retryAfterMs: 0 };
    }
  }

  close(): void {
    for (const connection of this.connections.values()) connection.close();
  }
}

interface OrderRequestOptions {
  readonly key?: string;
  readonly timeoutMs?: number;
  /** Of the customer, who is then not named in the body. */
  readonly token?: string;
}

/** Returns a whole request as bytes. One line is sent as the tutorial does it, several as `items`. */
export const orderRequest = (
  address: string,
  skus: readonly string[],
  { key, timeoutMs, token }: OrderRequestOptions = {},
): Buffer => {
  const [sku] = skus;
  const items = skus.map((each) => ({ sku: each, quantity: 1 }));
  const what = skus.length === 1 ? { sku, quantity: 1 } : { items };
  const who = token === undefined ? { userId: 'load' } : {};
  const body = JSON.stringify({ ...who, ...what });
  return Buffer.from(
    `POST /v1/orders HTTP/1.1\r\nHost: ${address}\r\nContent-Type: application/json\r\n` +
      (token === undefined ? '' : `Authorization: Bearer ${token}\r\n`) +
      (key === undefined ? '' : `Idempotency-Key: ${key}\r\n`) +
      (timeoutMs === undefined ? '' : `Request-Timeout-Ms: ${timeoutMs}\r\n`) +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
};

const ID = /"id":"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"/;

const isConfirmed = ({ status, body }: HttpAnswer): boolean =>
  status === 201 && body.includes('"status":"CONFIRMED"') && ID.test(body);

const isRejected = ({ status, body }: HttpAnswer): boolean =>
  status === 409 && body.includes('"reason":"INSUFFICIENT_STOCK"');

const isOverloaded = ({ status, body }: HttpAnswer): boolean =>
  status === 503 && body.includes('"reason":"OVERLOADED"');

/**
 * Orders reads nothing for up to 3 s from a client that ignores `Retry-After`, and a request may wait
 * 5 s for its group. A rejection that takes longer is wrong.
 */
const MAX_REJECTION_MS = 5_000;

/** Returns a client of one Orders process. `next` returns the request that it sends. */
export const orderCaller = (
  address: string,
  { expects, wanted: { lines }, allowsOverload, honorsRetryAfter }: LoadPlan,
  next: () => Buffer,
): Caller<Answer> & { close(): void } => {
  const connections = new OrderConnections();
  const isExpected = expects === 'accepted' ? isConfirmed : isRejected;
  const expected: Answer = {
    outcome: 'expected',
    results: 1,
    units: expects === 'accepted' ? lines : 0,
  };
  const judge = (answer: HttpAnswer, tookMs: number): Answer => {
    const { status, body, retryAfterMs } = answer;
    const pauseMs = status === 0 ? UNANSWERED_PAUSE_MS : honorsRetryAfter ? retryAfterMs : 0;
    if (allowsOverload && status === 202) return { ...NOTHING, outcome: 'pending' };
    if (allowsOverload && isOverloaded(answer) && tookMs < MAX_REJECTION_MS) {
      return { ...NOTHING, outcome: 'overloaded', pauseMs };
    }
    return wrong(`${status} ${body}`, pauseMs);
  };
  return {
    call: async () => {
      const startedMs = performance.now();
      const answer = await connections.send(address, next());
      return isExpected(answer) ? expected : judge(answer, performance.now() - startedMs);
    },
    close: () => connections.close(),
  };
};

const NOTHING = { results: 0, units: 0 };
