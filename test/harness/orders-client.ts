export interface OrderBody {
  readonly id: string;
  readonly status: string;
  readonly [field: string]: unknown;
}

export interface Answer<Body = OrderBody> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  readonly tookMs: number;
}

interface RequestOptions {
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** The REST API of one Orders process. */
export class OrdersClient {
  constructor(
    private readonly url: string,
    private readonly token?: string,
  ) {}

  /** The same API, for a caller with a token or an API key. */
  as(token: string): OrdersClient {
    return new OrdersClient(this.url, token);
  }

  place(body: object, { headers = {}, signal }: RequestOptions = {}): Promise<Answer> {
    return this.send('/v1/orders', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal: signal ?? null,
    });
  }

  /** Requests `cancel`, `fulfil` or `retry` of an order. */
  request(id: string, action: string, { headers = {} }: RequestOptions = {}): Promise<Answer> {
    return this.send(`/v1/orders/${id}/${action}`, { method: 'POST', headers });
  }

  get<Body = OrderBody>(path: string): Promise<Answer<Body>> {
    return this.send<Body>(path, {});
  }

  /** Returns whether Orders finds Inventory `up` or `down`. */
  async inventoryStatus(): Promise<string | undefined> {
    const { body } = await this.get<{ inventory?: string }>('/health/ready');
    return body.inventory;
  }

  /** Rejects where there is no answer. A body that is not JSON is returned as text. */
  async send<Body = OrderBody>(path: string, init: RequestInit): Promise<Answer<Body>> {
    const startedMs = Date.now();
    const response = await fetch(this.url + path, this.withToken(init));
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : text) as Body,
      tookMs: Date.now() - startedMs,
    };
  }

  private withToken(init: RequestInit): RequestInit {
    if (this.token === undefined) return init;
    const headers = new Headers(init.headers);
    headers.set('Authorization', `Bearer ${this.token}`);
    return { ...init, headers };
  }
}
