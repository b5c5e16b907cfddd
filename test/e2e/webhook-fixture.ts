import type { Answer, OrdersClient } from '../harness/orders-client';
import type { ServiceCluster } from '../harness/service-cluster';
import { eventually } from '../harness/wait';

/** Webhooks on this machine, retried soon and parked after 2 s. */
export const WEBHOOK_SETTINGS = {
  ORDERS_INVENTORY_TIMEOUT_MS: '5000',
  ORDERS_WEBHOOK_ALLOW_PRIVATE: 'true',
  ORDERS_WEBHOOK_TIMEOUT_MS: '1000',
  ORDERS_WEBHOOK_RETRY_MIN_MS: '100',
  ORDERS_WEBHOOK_RETRY_MAX_SECONDS: '1',
  ORDERS_WEBHOOK_PARK_AFTER_SECONDS: '2',
};

export interface WebhookBody {
  readonly id: string;
  readonly secret: string;
  readonly enabled: boolean;
  readonly [field: string]: unknown;
}

export interface DeliveryBody {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly status: string;
  readonly attempts: number;
  readonly responseCode: number | null;
  readonly error: string | null;
}

/** The webhooks of one cluster, by their REST API. */
export class WebhookFixture {
  constructor(private readonly cluster: ServiceCluster) {}

  private get client(): OrdersClient {
    return this.cluster.client;
  }

  send<Body = WebhookBody>(method: string, path = '', body?: object): Promise<Answer<Body>> {
    return this.client.send<Body>(`/v1/webhooks${path}`, {
      method,
      ...(body && {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
  }

  async create(url: string, settings: object = {}): Promise<WebhookBody> {
    const { status, body } = await this.send('POST', '', { url, ...settings });
    expect(status).toBe(201);
    return body;
  }

  async get(id: string): Promise<WebhookBody> {
    return (await this.send('GET', `/${id}`)).body;
  }

  async deliveries(id: string, query = ''): Promise<DeliveryBody[]> {
    const answer = await this.send<{ deliveries: DeliveryBody[] }>(
      'GET',
      `/${id}/deliveries?limit=100${query}`,
    );
    return answer.body.deliveries;
  }

  /** Waits until the deliveries of a key have these statuses, in the order of the events. */
  untilStatuses(id: string, key: string, statuses: readonly string[]): Promise<DeliveryBody[]> {
    return eventually(
      `the deliveries of ${key} are ${statuses.join(', ')}`,
      async () => {
        const own = (await this.deliveries(id)).filter((each) => each.key === key).reverse();
        return own.map(({ status }) => status).join() === statuses.join() && own;
      },
      15_000,
    );
  }

  async placeOrder(): Promise<string> {
    const { status, body } = await this.client.place({ userId: 'u-1', sku: 'hook', quantity: 1 });
    expect(status).toBe(201);
    return body.id;
  }
}
