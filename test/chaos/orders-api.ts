import type { Excuses } from './excuses';
import type { Line, Placement } from './placement';
import type { Answer, ClientRecord, Operation } from './record';

/** Longer than Orders' own bounds, but for a process that stands still. */
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

/** Orders as a customer reaches it, at either instance. Every answer goes into the record. */
export class OrdersApi {
  constructor(
    private readonly urls: readonly string[],
    private readonly record: ClientRecord,
    private readonly excuses: Excuses,
  ) {}

  /** Places it, or repeats that. With `lines`, the key is used for something else. */
  place(
    placement: Placement,
    at: number,
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
    return this.ask(placement, operation, this.url(at, '/v1/orders'), init, signal);
  }

  act(
    placement: Placement,
    operation: 'cancel' | 'fulfill',
    at: number,
  ): Promise<Answer | undefined> {
    const path = `/v1/orders/${placement.orderId}/${operation}`;
    return this.ask(placement, operation, this.url(at, path), { method: 'POST' });
  }

  look(placement: Placement, at: number): Promise<Answer | undefined> {
    return this.ask(placement, 'look', this.url(at, `/v1/orders/${placement.orderId}`), {});
  }

  /** The newest orders of a user. None where there was no answer. */
  async list(userId: string, at: number): Promise<readonly ListedOrder[]> {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(this.url(at, `/v1/orders?userId=${userId}&limit=10`), {
        signal,
      });
      const { orders = [] } = (await response.json()) as { orders?: readonly ListedOrder[] };
      return orders;
    } catch {
      return [];
    }
  }

  private url(at: number, path: string): string {
    return `${this.urls[at % this.urls.length] ?? ''}${path}`;
  }

  /** Undefined where there was no answer: then it may have been done all the same. */
  private async ask(
    placement: Placement,
    operation: Operation,
    url: string,
    init: RequestInit,
    given?: AbortSignal,
  ): Promise<Answer | undefined> {
    const sentAtMs = performance.now();
    this.record.sent(placement, operation);
    try {
      const tooLate = AbortSignal.timeout(TIMEOUT_MS);
      const signal = given ? AbortSignal.any([given, tooLate]) : tooLate;
      const response = await fetch(url, { ...init, signal });
      const body = (await response.json()) as Body;
      const answer = answerOf(operation, response.status, body, sentAtMs, this.excuses);
      this.record.answered(placement, answer);
      return answer;
    } catch (error) {
      this.record.unanswered(
        placement,
        operation,
        given?.aborted ? 'given up' : whyUnanswered(error),
      );
      return undefined;
    }
  }
}

const answerOf = (
  operation: Operation,
  httpStatus: number,
  { id, orderId = id, status, orderStatus, reason }: Body,
  sentAtMs: number,
  excuses: Excuses,
): Answer => ({
  operation,
  sentAtMs,
  answeredAtMs: performance.now(),
  httpStatus,
  reason,
  orderId,
  status: orderStatus ?? (typeof status === 'string' ? status : undefined),
  isExcused: excuses.covers(reason, sentAtMs),
});

const whyUnanswered = (error: unknown): string => {
  const { name, cause } = Object(error) as { name?: string; cause?: unknown };
  if (name === 'TimeoutError') return 'timeout';
  const { code } = Object(cause) as { code?: unknown };
  return typeof code === 'string' ? code : 'connection lost';
};
