import type { OrdersClient } from '../harness/orders-client';
import type { ExpectedErrors } from './expected-errors';
import type { Line, Placement } from './placement';
import type { Answer, ClientRecord, Operation } from './record';

/** Longer than all timeouts of Orders; only a stalled process takes longer. */
const TIMEOUT_MS = 8_000;

interface Body {
  readonly id?: string;
  readonly orderId?: string;
  readonly status?: string | number;
  readonly orderStatus?: string;
  readonly reason?: string;
}

export interface ListedOrder {
  readonly id: string;
  readonly note: string | null;
}

/** The Orders instances as a customer calls them. Records every answer. */
export class OrdersApi {
  constructor(
    private readonly instances: readonly { readonly client: OrdersClient }[],
    private readonly record: ClientRecord,
    private readonly expectedErrors: ExpectedErrors,
  ) {}

  /** Places an order or retries that. With `lines`, reuses the key for another request. */
  place(
    placement: Placement,
    instance: number,
    { lines, signal }: { lines?: readonly Line[]; signal?: AbortSignal } = {},
  ): Promise<Answer | undefined> {
    const { userId, note, hasKey, key } = placement;
    const init = {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(hasKey && { 'Idempotency-Key': key }),
      },
      body: JSON.stringify({ userId, note, items: lines ?? placement.lines }),
    };
    const operation = lines ? 'reuse' : 'place';
    return this.call(placement, operation, instance, '/v1/orders', init, signal);
  }

  request(
    placement: Placement,
    operation: 'cancel' | 'fulfill' | 'reduce',
    instance: number,
  ): Promise<Answer | undefined> {
    if (operation === 'reduce') return this.reduce(placement, instance);
    const path = `/v1/orders/${placement.orderId}/${operation}`;
    return this.call(placement, operation, instance, path, { method: 'POST' });
  }

  private reduce(placement: Placement, instance: number): Promise<Answer | undefined> {
    const init = {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ items: [placement.keptItem] }),
    };
    return this.call(placement, 'reduce', instance, `/v1/orders/${placement.orderId}`, init);
  }

  read(placement: Placement, instance: number): Promise<Answer | undefined> {
    return this.call(placement, 'read', instance, `/v1/orders/${placement.orderId}`, {});
  }

  /** Returns the newest orders of a user, or none where there was no answer. */
  async list(userId: string, instance: number): Promise<readonly ListedOrder[]> {
    try {
      const { body } = await this.client(instance).send<{ orders?: readonly ListedOrder[] }>(
        `/v1/orders?userId=${userId}&limit=10`,
        { signal: AbortSignal.timeout(TIMEOUT_MS) },
      );
      return body.orders ?? [];
    } catch {
      return [];
    }
  }

  private client(instance: number): OrdersClient {
    const process = this.instances[instance % this.instances.length];
    if (!process) throw new Error('There is no Orders');
    return process.client;
  }

  /** Returns undefined where there was no answer. The request may have taken effect all the same. */
  private async call(
    placement: Placement,
    operation: Operation,
    instance: number,
    path: string,
    init: RequestInit,
    aborted?: AbortSignal,
  ): Promise<Answer | undefined> {
    const sentAtMs = performance.now();
    this.record.sent(placement, operation);
    try {
      const timeout = AbortSignal.timeout(TIMEOUT_MS);
      const signal = aborted ? AbortSignal.any([aborted, timeout]) : timeout;
      const { status, body } = await this.client(instance).send<Body>(path, { ...init, signal });
      const answer = answerOf(operation, status, body, sentAtMs, this.expectedErrors);
      this.record.answered(placement, answer);
      return answer;
    } catch (error) {
      const why = aborted?.aborted ? 'aborted' : describeError(error);
      this.record.unanswered(placement, operation, why);
      return undefined;
    }
  }
}

const answerOf = (
  operation: Operation,
  httpStatus: number,
  { id, orderId = id, status, orderStatus, reason }: Body,
  sentAtMs: number,
  expectedErrors: ExpectedErrors,
): Answer => ({
  operation,
  sentAtMs,
  answeredAtMs: performance.now(),
  httpStatus,
  reason,
  orderId,
  status: orderStatus ?? (typeof status === 'string' ? status : undefined),
  isErrorExpected: expectedErrors.includes(reason, sentAtMs),
});

const describeError = (error: unknown): string => {
  const { name, cause } = Object(error) as { name?: string; cause?: unknown };
  if (name === 'TimeoutError') return 'timeout';
  const { code } = Object(cause) as { code?: unknown };
  return typeof code === 'string' ? code : 'connection lost';
};
