import { followEvents, type StreamEvent, type StreamOptions } from './event-stream.js';
import { errorOf, throwUnanswered } from './problem.js';
import { withRetries } from './retry.js';
import type { components, operations } from './schema.js';

type Schemas = components['schemas'];

export type Order = Schemas['Order'];
export type OrderPage = Schemas['OrderPage'];
export type NewOrder = Schemas['OneItemOrder'] | Schemas['ItemsOrder'];
export type KeptItem = Schemas['KeptItem'];
export type OrderEvent = Schemas['OrderEvent'];
export type AnyOrderEvent = Schemas['AnyOrderEvent'];
export type Timeline = Schemas['Timeline'];
export type Stock = Schemas['Stock'];
export type StockPage = Schemas['StockPage'];
export type StockEvent = Schemas['StockEvent'];

type QueryOf<Name extends keyof operations> = NonNullable<operations[Name]['parameters']['query']>;
export type OrderQuery = QueryOf<'listOrders'>;
export type TimelineQuery = QueryOf<'getTimeline'>;
export type StockQuery = QueryOf<'listStock'>;

export interface ClientOptions {
  /** Where the API is, with the prefix of a proxy, such as `https://shop.example/kitchen`. */
  readonly baseUrl: string;
  /**
   * The token or API key of the caller. A function is called for each attempt, and each time that a stream
   * connects, so that it can return a new token before the last one expires.
   */
  readonly token?: string | (() => string | Promise<string>);
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Attempts for one request, the first one included; 4 by default, 1 to never retry. */
  readonly maxAttempts?: number;
  /** How long one attempt may take, in milliseconds; 10,000 by default, 60,000 at most. */
  readonly attemptTimeoutMs?: number;
  /** Replaces the global `fetch`. */
  readonly fetch?: typeof fetch;
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  /** Sent as `X-Request-Id`: all log lines of the request have it. */
  readonly requestId?: string | undefined;
}

export interface PlaceOptions extends RequestOptions {
  /**
   * Your name for this order. Requests with the same key and the same contents are about one order, also
   * days later and from another process. By default each call has a new key.
   */
  readonly idempotencyKey?: string | undefined;
}

interface HttpRequest extends RequestOptions {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly query?: object | undefined;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

const DEFAULT_ATTEMPTS = 4;
const DEFAULT_ATTEMPT_TIMEOUT_MS = 10_000;

/**
 * The Orders API. Every request can be repeated without harm, so each is retried when the service is
 * unavailable or does not answer. A response that is a problem is thrown as `ProblemError`.
 */
export class QuickBiteClient {
  private readonly options: Required<Omit<ClientOptions, 'fetch' | 'token'>>;
  private readonly token: ClientOptions['token'];
  private readonly fetch: typeof fetch;

  constructor({ baseUrl, fetch: send, token, ...options }: ClientOptions) {
    this.token = token;
    this.options = {
      baseUrl: baseUrl.replace(/\/+$/, ''),
      headers: {},
      maxAttempts: DEFAULT_ATTEMPTS,
      attemptTimeoutMs: DEFAULT_ATTEMPT_TIMEOUT_MS,
      ...options,
    };
    this.fetch = send ?? globalThis.fetch.bind(globalThis);
  }

  /**
   * Places an order. All attempts have one idempotency key, so they place one order. The order is
   * CONFIRMED, or PENDING while Inventory has not decided it. Throws INSUFFICIENT_STOCK or UNKNOWN_SKU, with
   * `shortages`, if it cannot be served.
   */
  async placeOrder(order: NewOrder, options: PlaceOptions = {}): Promise<Order> {
    const { idempotencyKey = crypto.randomUUID(), ...rest } = options;
    const headers = { 'Idempotency-Key': `"${idempotencyKey}"` };
    return this.send({ ...rest, method: 'POST', path: '/v1/orders', body: order, headers });
  }

  /** Returns an order in its current status. Throws ORDER_NOT_FOUND. */
  async getOrder(id: string, options: RequestOptions = {}): Promise<Order> {
    return this.send({ ...options, method: 'GET', path: orderPath(id) });
  }

  /** Returns a page of orders, newest first. */
  async listOrders(query: OrderQuery = {}, options: RequestOptions = {}): Promise<OrderPage> {
    return this.send({ ...options, method: 'GET', path: '/v1/orders', query });
  }

  /** Yields all orders that a query finds, newest first, page by page. */
  async *allOrders(
    query: OrderQuery = {},
    options: RequestOptions = {},
  ): AsyncGenerator<Order, void, undefined> {
    let { cursor } = query;
    do {
      const page = await this.listOrders({ ...query, ...(cursor && { cursor }) }, options);
      yield* page.orders;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  /**
   * Reduces a CONFIRMED order to the units that it keeps of each SKU; 0 cancels the SKU. Throws
   * ORDER_STATE_CONFLICT, QUANTITY_INCREASED, NOTHING_LEFT or REDUCED_TOO_OFTEN.
   */
  async reduceOrder(
    id: string,
    items: readonly KeptItem[],
    options: RequestOptions = {},
  ): Promise<Order> {
    return this.send({ ...options, method: 'PATCH', path: orderPath(id), body: { items } });
  }

  /** Cancels an order that is not being fulfilled. Throws ORDER_STATE_CONFLICT. */
  async cancelOrder(id: string, options: RequestOptions = {}): Promise<Order> {
    return this.send({ ...options, method: 'POST', path: `${orderPath(id)}/cancel` });
  }

  /** Fulfills a CONFIRMED order: its units leave the stock. Throws ORDER_STATE_CONFLICT. */
  async fulfillOrder(id: string, options: RequestOptions = {}): Promise<Order> {
    return this.send({ ...options, method: 'POST', path: `${orderPath(id)}/fulfill` });
  }

  /** Repeats the call to Inventory that a parked order waits for. Throws RETRIED_RECENTLY. */
  async retryOrder(id: string, options: RequestOptions = {}): Promise<Order> {
    return this.send({ ...options, method: 'POST', path: `${orderPath(id)}/retry` });
  }

  /** Returns a page of an order's events, oldest first. */
  async getTimeline(
    id: string,
    query: TimelineQuery = {},
    options: RequestOptions = {},
  ): Promise<Timeline> {
    return this.send({ ...options, method: 'GET', path: `${orderPath(id)}/timeline`, query });
  }

  /** Returns the available units of a SKU. Throws SKU_NOT_FOUND. */
  async getStock(sku: string, options: RequestOptions = {}): Promise<Stock> {
    return this.send({ ...options, method: 'GET', path: `/v1/stock/${encodeURIComponent(sku)}` });
  }

  /** Returns a page of SKUs with their available units, in byte order. */
  async listStock(query: StockQuery = {}, options: RequestOptions = {}): Promise<StockPage> {
    return this.send({ ...options, method: 'GET', path: '/v1/stock', query });
  }

  /** Streams the events of an order, from its first one on, until it is CANCELLED or FULFILLED. */
  streamOrderEvents(
    id: string,
    options: StreamOptions = {},
  ): AsyncGenerator<StreamEvent<OrderEvent>, void, undefined> {
    return this.stream(`${orderPath(id)}/events`, {}, options);
  }

  /** Streams the events of all orders, from now on or after `lastEventId`. */
  streamEventsOfAllOrders(
    options: StreamOptions = {},
  ): AsyncGenerator<StreamEvent<AnyOrderEvent>, void, undefined> {
    return this.stream('/v1/order-events', {}, options);
  }

  /** Streams the available units of 1 to 100 SKUs: first the present ones, then each change. */
  streamStock(
    skus: readonly string[],
    options: StreamOptions = {},
  ): AsyncGenerator<StreamEvent<StockEvent>, void, undefined> {
    return this.stream('/v1/stock-events', { skus: skus.join(',') }, options);
  }

  private stream<Data>(
    path: string,
    query: object,
    options: StreamOptions,
  ): AsyncGenerator<StreamEvent<Data>, void, undefined> {
    const url = this.urlOf(path, query);
    const open = async (lastEventId: string, signal: AbortSignal): Promise<Response> => {
      const headers: Record<string, string> = {
        ...(await this.commonHeaders()),
        Accept: 'text/event-stream',
      };
      if (lastEventId !== '') headers['Last-Event-ID'] = lastEventId;
      return this.request(url, { headers, signal });
    };
    return followEvents<Data>(open, options);
  }

  private async send<Result>(request: HttpRequest): Promise<Result> {
    const { maxAttempts } = this.options;
    const attempt = (): Promise<Result> => this.attempt<Result>(request);
    return withRetries(attempt, { maxAttempts, signal: request.signal });
  }

  private async attempt<Result>(request: HttpRequest): Promise<Result> {
    const { method, path, query = {}, body, headers, requestId, signal } = request;
    const { attemptTimeoutMs } = this.options;
    const timeout = AbortSignal.timeout(attemptTimeoutMs);
    const init: RequestInit = {
      method,
      signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
      headers: {
        ...(await this.commonHeaders()),
        'Request-Timeout-Ms': String(attemptTimeoutMs),
        ...(requestId !== undefined && { 'X-Request-Id': requestId }),
        ...(body && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    };
    const response = await this.request(this.urlOf(path, query), init, signal);
    if (!response.ok) throw await errorOf(response);
    return (await response.json().catch((error: unknown) => {
      signal?.throwIfAborted();
      return throwUnanswered(error);
    })) as Result;
  }

  private async commonHeaders(): Promise<Record<string, string>> {
    const token = typeof this.token === 'function' ? await this.token() : this.token;
    return {
      ...this.options.headers,
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    };
  }

  private async request(url: string, init: RequestInit, caller?: AbortSignal): Promise<Response> {
    return this.fetch(url, init).catch((error: unknown) => {
      caller?.throwIfAborted();
      return throwUnanswered(error);
    });
  }

  private urlOf(path: string, query: object): string {
    const parameters = Object.entries(query)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]): [string, string] => [name, String(value)]);
    const text = new URLSearchParams(parameters).toString();
    return this.options.baseUrl + path + (text === '' ? '' : `?${text}`);
  }
}

const orderPath = (id: string): string => `/v1/orders/${encodeURIComponent(id)}`;
