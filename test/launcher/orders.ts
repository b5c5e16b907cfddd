import { eventually } from '../support/wait';

const ANSWERED_WITHIN_MS = 5_000;
const DECIDED_WITHIN_MS = 60_000;

interface Order {
  readonly id: string;
  readonly status: string;
}

const call = async <Body>(url: string, init: RequestInit = {}): Promise<Body> => {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWERED_WITHIN_MS) });
  return (await response.json()) as Body;
};

const ordersAt = (port: number): string => `http://127.0.0.1:${port}/v1/orders`;

export const listOrders = async (port: number): Promise<readonly Order[]> =>
  (await call<{ orders: Order[] }>(`${ordersAt(port)}?limit=100`)).orders;

/** Places an order and waits for its end. In watch mode the service may just be restarting. */
export const confirmedOrder = async (port: number): Promise<Order> => {
  const body = JSON.stringify({ userId: 'launcher', sku: 'pizza', quantity: 1 });
  const headers = { 'Content-Type': 'application/json' };
  const placed = await eventually(
    'Orders takes an order',
    () =>
      call<Partial<Order>>(ordersAt(port), { method: 'POST', headers, body }).catch(
        () => undefined,
      ),
    DECIDED_WITHIN_MS,
  );
  if (!placed.id) throw new Error(`Orders refused the order: ${JSON.stringify(placed)}`);
  return eventually(
    `order ${placed.id} is CONFIRMED`,
    async () => {
      const order = await call<Order>(`${ordersAt(port)}/${placed.id}`).catch(() => undefined);
      return order?.status === 'CONFIRMED' && order;
    },
    DECIDED_WITHIN_MS,
  );
};
