import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { findFreePort } from '../../tools/ports';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { givenStock } from '../harness/stock';
import { TcpProxy } from '../harness/tcp-proxy';
import { eventually, times } from '../harness/wait';
import { findChromium, launchChromium, openPlainPage } from './chromium';

/** A page on another origin uses the API in Chromium, through a network that fails. */
const executablePath = findChromium();
const describeInBrowser = executablePath === undefined ? describe.skip : describe;

interface Event {
  readonly orderId: string;
  readonly seq: number;
  readonly event: string;
}

interface Shop {
  readonly order: readonly Event[];
  readonly orders: readonly Event[];
  readonly stock: readonly { readonly sku: string; readonly available: number }[];
  readonly opened: number;
  readonly problems: readonly object[];
}

interface Answer {
  readonly status: number;
  readonly location: string | null;
  readonly requestId: string | null;
  readonly replayed: string | null;
  readonly body: { readonly id: string; readonly reason?: string };
}

const ORDER = { userId: 'u-1', sku: 'live', quantity: 1 };
const HTML = readFileSync(join(__dirname, 'other-origin.html'), 'utf8');

/** Serves the page, and nothing of the API. */
const servePage = async (): Promise<{ server: Server; origin: string }> => {
  const port = await findFreePort();
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(HTML);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${port}` };
};

let cluster: ServiceCluster;
let network: TcpProxy;
let browser: Browser;
let page: Page;
let server: Server;
let api: string;

/** Opens the page, where Orders lets the pages of `origin` in; by default those of its own origin. */
const setUp = async (origin?: string): Promise<void> => {
  const served = await servePage();
  server = served.server;
  cluster = await startCluster({ ORDERS_CORS_ORIGINS: origin ?? served.origin });
  await givenStock(cluster.inventoryDatabase, 'live', 100);
  const target = Number(new URL(cluster.orders.url).port);
  network = await TcpProxy.before(target, await findFreePort());
  api = `http://127.0.0.1:${network.port}`;
  browser = await launchChromium(executablePath ?? '');
  page = await openPlainPage(browser);
  await page.goto(served.origin);
};

const tearDown = async (): Promise<void> => {
  await browser.close();
  await network.close();
  server.closeAllConnections();
  server.close();
  await cluster.stop();
};

const state = () => page.evaluate<Shop>('shop');

const place = (key: string, order: object = ORDER) =>
  page.evaluate<Answer>(
    `place(${JSON.stringify(api)}, ${JSON.stringify(key)}, ${JSON.stringify(order)})`,
  );

const follow = (path: string, events: string) =>
  page.evaluate(`void follow(${JSON.stringify(api + path)}, shop.${events})`);

const untilShop = (what: string, isSo: (shop: Shop) => boolean) =>
  eventually(what, async () => isSo(await state()), 30_000);

describeInBrowser('a page on another origin', () => {
  beforeAll(() => setUp());
  afterAll(tearDown);

  it('places an order, repeats it safely, and reads headers and problems', async () => {
    const placed = await place('k-1');
    expect(placed).toMatchObject({ status: 201, requestId: 'page-k-1', replayed: null });
    expect(placed.location).toBe(`/v1/orders/${placed.body.id}`);
    expect(await place('k-1')).toMatchObject({ replayed: 'true', body: { id: placed.body.id } });
    const rejected = await place('k-2', { ...ORDER, quantity: 1_000 });
    expect(rejected).toMatchObject({ status: 409, body: { reason: 'INSUFFICIENT_STOCK' } });
  });

  it('follows an order, all orders and the stock without gap or repeat while its connection is lost', async () => {
    const { body: first } = await place('k-3');
    await follow(`/v1/orders/${first.id}/events`, 'order');
    await follow('/v1/order-events', 'orders');
    await follow('/v1/stock-events?skus=live', 'stock');
    await untilShop(
      'all streams are open',
      ({ opened, order }) => opened === 3 && order.length === 2,
    );
    const ids: string[] = [];
    const placeElsewhere = async (count: number): Promise<void> => {
      const placed = await Promise.all(times(count, () => cluster.client.place(ORDER)));
      ids.push(...placed.map(({ body }) => body.id));
    };

    await placeElsewhere(5);
    await untilShop('the page has some events', ({ orders }) => orders.length >= 5);
    for (const failure of ['cut', 'reset', 'cut'] as const) {
      const { opened } = await state();
      await network.become(failure);
      await placeElsewhere(5);
      await network.become('pass');
      await placeElsewhere(3);
      await untilShop('all streams are open again', (shop) => shop.opened >= opened + 3);
    }
    await cluster.client.request(first.id, 'cancel');
    const available = 100 - 1 - ids.length;
    await untilShop(
      'the page has everything',
      ({ order, orders, stock }) =>
        order.at(-1)?.event === 'CANCELLED' &&
        orders.at(-1)?.event === 'CANCELLED' &&
        stock.at(-1)?.available === available,
    );

    const { order, orders, stock, problems } = await state();
    expect(problems).toEqual([]);
    expect(order.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    const received = orders.map(({ orderId, seq }) => `${orderId} ${seq}`);
    const expected = [
      ...ids.flatMap((id) => [`${id} 1`, `${id} 2`]),
      `${first.id} 3`,
      `${first.id} 4`,
    ];
    expect([...received].sort()).toEqual(expected.sort());
    for (const id of ids)
      expect(received.indexOf(`${id} 1`)).toBeLessThan(received.indexOf(`${id} 2`));
    for (const [index, { available: now }] of stock.entries())
      if (index > 0) expect(now).not.toBe(stock[index - 1]?.available);
  });
});

describeInBrowser('a page of an origin that is not listed', () => {
  beforeAll(() => setUp('https://shop.example'));
  afterAll(tearDown);

  it('can neither read nor place orders', async () => {
    const outcome = (call: string) =>
      page.evaluate<string>(`${call}.then(() => 'allowed', (error) => error.name)`);
    const url = JSON.stringify(api);
    expect(await outcome(`send(${url} + '/v1/orders')`)).toBe('TypeError');
    expect(await outcome(`place(${url}, 'k', ${JSON.stringify(ORDER)})`)).toBe('TypeError');
    const { body } = await cluster.client.get<{ orders: object[] }>('/v1/orders');
    expect(body.orders).toEqual([]);
  });
});
