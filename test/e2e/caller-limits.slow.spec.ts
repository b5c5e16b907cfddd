import { IdentityProvider } from '../harness/identity-provider';
import type { OrdersClient } from '../harness/orders-client';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { givenStock } from '../harness/stock';
import { eventually, times } from '../harness/wait';

const ONE = { userId: 'u-1', sku: 'limited', quantity: 1 };

let cluster: ServiceCluster;

const start = async (env: Record<string, string>): Promise<void> => {
  cluster = await startCluster(env);
  await givenStock(cluster.inventoryDatabase, 'limited', 100_000);
};

const countBy = (values: readonly (string | number)[]): Record<string, number> =>
  Object.fromEntries(
    [...new Set(values)].map((each) => [each, values.filter((value) => value === each).length]),
  );

describe('callers without credentials, behind a trusted proxy', () => {
  /** Of an address of the range for documentation. */
  const from = (address: string) => ({ 'X-Forwarded-For': address });
  const read = (address: string) => cluster.client.send('/v1/orders', { headers: from(address) });

  beforeAll(() =>
    start({
      ORDERS_TRUSTED_PROXIES: '127.0.0.1',
      ORDERS_LIMIT_READS: '20',
      ORDERS_LIMIT_WRITES: '10',
      ORDERS_LIMIT_STREAMS: '1',
    }),
  );

  afterAll(() => cluster.stop());

  it('one address has a budget of its own for reads, and gets it again', async () => {
    const answers = await Promise.all(times(30, () => read('192.0.2.1')));
    expect(countBy(answers.map(({ status }) => status))).toEqual({ 200: 20, 429: 10 });
    expect((await read('192.0.2.2')).status).toBe(200);
    const rejected = answers.find(({ status }) => status === 429);
    expect(rejected?.body).toMatchObject({ reason: 'RATE_LIMITED', status: 429 });
    expect(rejected?.headers.get('RateLimit-Policy')).toBe('"reads";q=20;w=10');
    expect(rejected?.headers.get('RateLimit')).toMatch(/^"reads";r=0;t=([1-9]|10)$/);
    const wait = Number(rejected?.headers.get('Retry-After'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(10);
    const again = async () => (await read('192.0.2.1')).status === 200;
    await eventually('it may read again', again, 20_000, 200);
  });

  it('an address is one caller, whatever ports and texts the proxy appends', async () => {
    const ports = times(30, (nth) => `192.0.2.8:${4_000 + nth}`);
    const answers = await Promise.all(ports.map(read));
    expect(countBy(answers.map(({ status }) => status))).toEqual({ 200: 20, 429: 10 });
    expect((await read('unknown, 192.0.2.8')).status).toBe(429);
  });

  it('reads do not use up writes, and a rejected write has no effect', async () => {
    await Promise.all(times(25, () => read('192.0.2.3')));
    const answers = await Promise.all(
      times(15, () => cluster.client.place(ONE, { headers: from('192.0.2.3') })),
    );
    expect(countBy(answers.map(({ status }) => status))).toEqual({ 201: 10, 429: 5 });
    const left = answers.flatMap(({ headers }) => headers.get('RateLimit') ?? []);
    expect(left.filter((each) => each.startsWith('"writes";r=9;'))).toHaveLength(1);
  });

  it('streams have a budget of their own', async () => {
    const open = async () => {
      const stop = new AbortController();
      const { status, body } = await fetch(`${cluster.orders.url}/v1/order-events`, {
        headers: { Accept: 'text/event-stream', ...from('192.0.2.4') },
        signal: stop.signal,
      });
      stop.abort();
      await body?.cancel().catch(() => undefined);
      return status;
    };
    expect([await open(), await open()]).toEqual([200, 429]);
  });

  it('files of the documentation have a budget', async () => {
    const load = () =>
      fetch(`${cluster.orders.url}/openapi.json`, { method: 'HEAD', headers: from('192.0.2.6') });
    const statuses: number[] = [];
    // More at a time would be rejected for that.
    for (let batch = 0; batch < 17; batch += 1)
      statuses.push(...(await Promise.all(times(30, load))).map(({ status }) => status));
    expect(countBy(statuses)).toEqual({ 200: 500, 429: 10 });
  });

  it('health checks and programs on this machine are not limited', async () => {
    const health = await Promise.all(
      times(40, () => cluster.client.send('/health/live', { headers: from('192.0.2.5') })),
    );
    const local = await Promise.all(times(40, () => cluster.client.send('/v1/orders', {})));
    expect(countBy([...health, ...local].map(({ status }) => status))).toEqual({ 200: 80 });
    expect(local[0]?.headers.get('RateLimit')).toBeNull();
  });
});

describe('callers with credentials', () => {
  let provider: IdentityProvider;
  const as = (subject: string): OrdersClient =>
    cluster.client.as(provider.token(subject, 'customer'));

  beforeAll(async () => {
    provider = await IdentityProvider.start();
    await start({
      ...provider.settings,
      ORDERS_LIMIT_READS: '20',
      ORDERS_LIMIT_FAILED_AUTHENTICATION: '5',
      ORDERS_TRUSTED_PROXIES: '127.0.0.1',
    });
  });

  afterAll(async () => {
    await cluster.stop();
    await provider.stop();
  });

  it('are counted by their subject, also from this machine', async () => {
    const answers = await Promise.all(times(30, () => as('ann').get('/v1/orders')));
    expect(countBy(answers.map(({ status }) => status))).toEqual({ 200: 20, 429: 10 });
    expect((await as('bob').get('/v1/orders')).status).toBe(200);
  });

  it('leave places to others when they have many streams open', async () => {
    const stop = new AbortController();
    const open = (subject: string): Promise<Response> =>
      fetch(`${cluster.orders.url}/v1/stock-events?skus=limited`, {
        headers: { Authorization: `Bearer ${provider.token(subject, 'customer')}` },
        signal: stop.signal,
      });
    const answers = await Promise.all(times(195, () => open('eve')));
    expect(countBy(answers.map(({ status }) => status))).toEqual({ 200: 188, 429: 7 });
    const rejected = answers.find(({ status }) => status === 429);
    expect(rejected?.headers.get('Retry-After')).toBe('10');
    expect(await rejected?.json()).toMatchObject({ reason: 'RATE_LIMITED' });
    expect((await open('frank')).status).toBe(200);
    stop.abort();
  });

  it('are not verified after an address has sent too many wrong ones', async () => {
    const send = (address: string, token: string) =>
      cluster.client
        .as(token)
        .send('/v1/orders?limit=1', { headers: { 'X-Forwarded-For': address } });
    const carol = provider.token('carol', 'customer');
    expect((await send('192.0.2.7', carol)).status).toBe(200);
    const wrong = [];
    for (let nth = 0; nth < 8; nth += 1) wrong.push(await send('192.0.2.7', `x.${nth}.y`));
    expect(wrong.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    expect(wrong.at(-1)?.body).toMatchObject({ reason: 'RATE_LIMITED' });
    expect(Number(wrong.at(-1)?.headers.get('Retry-After'))).toBeGreaterThan(0);
    const dave = provider.token('dave', 'customer');
    expect((await send('192.0.2.7', dave)).status).toBe(429);
    expect((await send('192.0.2.7', carol)).status).toBe(200);
    expect((await send('192.0.2.8', dave)).status).toBe(200);
  });
});

describe('the defaults', () => {
  beforeAll(() => start({ ORDERS_TRUSTED_PROXIES: '127.0.0.1' }));

  afterAll(() => cluster.stop());

  it('let 1,000 customers at one address order in a flash sale', async () => {
    const headers = { 'X-Forwarded-For': '192.0.2.9' };
    const statuses: number[] = [];
    // A busy machine answers some with 503, which the client repeats.
    const insist = <Answer extends { readonly status: number }>(ask: () => Promise<Answer>) =>
      eventually('Orders answers', async () => {
        const answer = await ask();
        return answer.status !== 503 && answer;
      });
    const customers = times(1_000, (nth) => nth);
    await Promise.all(
      times(50, async () => {
        for (let nth = customers.pop(); nth !== undefined; nth = customers.pop()) {
          const order = { ...ONE, userId: `u-${nth}` };
          const { status, body } = await insist(() =>
            cluster.client.place(order, {
              headers: { ...headers, 'Idempotency-Key': `sale-${nth}` },
            }),
          );
          const seen = await insist(() =>
            cluster.client.send(`/v1/orders/${body.id}`, { headers }),
          );
          statuses.push(status, seen.status);
        }
      }),
    );
    const outcomes = statuses.map((status) => (status < 300 ? 'accepted' : status));
    expect(countBy(outcomes)).toEqual({ accepted: 2_000 });
  });
});
