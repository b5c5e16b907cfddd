import { TlsFixture } from '../e2e/tls-fixture';
import { IdentityProvider } from '../harness/identity-provider';
import type { Answer } from '../harness/orders-client';
import { RedisServer } from '../harness/redis-server';
import { ServiceCluster } from '../harness/service-cluster';
import type { Env, OrdersProcess } from '../harness/services';
import { givenStock } from '../harness/stock';
import { eventually, times } from '../harness/wait';
import { findFreePort } from '../../tools/ports';

const PASSWORD = 'c4n4ryb1rd';
const WRITES = 20;
/** Long enough for a busy machine, and noticed if each of many requests waits so long. */
const TIMEOUT_MS = 1_000;

const SHARED = /Limits per caller are shared through Redis/g;
const UNAVAILABLE = /Redis at [^ ]+ is unavailable/g;
const AVAILABLE = /Redis at [^ ]+ is available again/g;

let redis: RedisServer;
let provider: IdentityProvider;
let cluster: ServiceCluster;
let addresses = 0;

const urlOf = ({ port }: RedisServer, password = PASSWORD) =>
  `redis://:${password}@127.0.0.1:${port}`;

beforeAll(async () => {
  [redis, provider] = await Promise.all([RedisServer.start(PASSWORD), IdentityProvider.start()]);
  cluster = await ServiceCluster.start({
    orders: 2,
    env: {
      ...provider.settings,
      ORDERS_INVENTORY_TIMEOUT_MS: '5000',
      ORDERS_TRUSTED_PROXIES: '127.0.0.1',
      ORDERS_LIMIT_WRITES: String(WRITES),
      ORDERS_LIMIT_FAILED_AUTHENTICATION: '5',
      ORDERS_LIMITS_REDIS_URL: urlOf(redis),
      ORDERS_LIMITS_REDIS_TIMEOUT_MS: String(TIMEOUT_MS),
    },
  });
  await givenStock(cluster.inventoryDatabase, 'limited', 100_000);
  await sharing();
});

afterAll(async () => {
  await cluster.stop();
  await Promise.all([redis.stop(), provider.stop()]);
});

const instances = (): readonly OrdersProcess[] => cluster.ordersInstances;

const countIn = ({ logs }: OrdersProcess, line: RegExp): number => (logs.match(line) ?? []).length;

/** Waits until each instance counts in Redis, also after each outage that it has logged. */
const sharing = () =>
  eventually(
    'both instances count in Redis',
    () =>
      instances().every(
        (orders) =>
          countIn(orders, SHARED) > 0 &&
          countIn(orders, UNAVAILABLE) === countIn(orders, AVAILABLE),
      ),
    30_000,
  );

const restartAll = async (): Promise<void> => {
  const before = instances().map((orders) => countIn(orders, SHARED));
  await Promise.all(instances().map((orders) => orders.stop()));
  await Promise.all(instances().map((orders) => orders.start()));
  await eventually('both instances count in Redis again', () =>
    instances().every((orders, index) => countIn(orders, SHARED) > (before[index] ?? 0)),
  );
};

/** An order of a customer, through one of the instances. */
const place = (index: number, customer: string): Promise<Answer> => {
  const { client } = instances()[index % 2] ?? cluster.orders;
  return client.as(provider.token(customer, 'customer')).place({ sku: 'limited', quantity: 1 });
};

const statusesOf = (answers: readonly Answer[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

/** As many orders as a caller may place, through both instances in turn, one after another. */
const placeAll = async (customer: string, count: number): Promise<Answer[]> => {
  const answers: Answer[] = [];
  for (let nth = 0; nth < count; nth += 1) answers.push(await place(nth, customer));
  return answers;
};

/** Sends wrong credentials from an address of the range for documentation. */
const sendWrong = async (index: number, address: string): Promise<number> => {
  const { url } = instances()[index % 2] ?? cluster.orders;
  const response = await fetch(`${url}/v1/orders`, {
    headers: { Authorization: `Bearer x.${(addresses += 1)}.y`, 'X-Forwarded-For': address },
  });
  await response.body?.cancel();
  return response.status;
};

describe('two instances', () => {
  it('allow a caller its writes in total, and tell it the same', async () => {
    const answers = await Promise.all(times(30, (nth) => place(nth, 'ann')));
    expect(statusesOf(answers)).toEqual({ 201: WRITES, 429: 10 });
    const left = answers
      .filter(({ status }) => status === 201)
      .map(({ headers }) => Number(/;r=(\d+);/.exec(headers.get('RateLimit') ?? '')?.[1]));
    expect(left.sort((a, b) => a - b)).toEqual(times(WRITES, (nth) => nth));
    for (const answer of await Promise.all([place(0, 'ann'), place(1, 'ann')])) {
      expect(answer.body).toMatchObject({ status: 429, reason: 'RATE_LIMITED' });
      expect(answer.headers.get('RateLimit-Policy')).toBe(`"writes";q=${WRITES};w=10`);
      expect(answer.headers.get('RateLimit')).toMatch(/^"writes";r=0;t=([1-9]|10)$/);
      expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
    }
    expect((await place(0, 'bob')).status).toBe(201);
  });

  it('count the wrong credentials of a network together', async () => {
    const statuses = [];
    for (let nth = 0; nth < 8; nth += 1) statuses.push(await sendWrong(nth, '192.0.2.1'));
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    expect(await sendWrong(0, '192.0.2.2')).toBe(401);
  });

  it('leave keys that expire and name no caller', async () => {
    await place(0, 'carol');
    const keys = (await redis.command('KEYS', '*')) as string[];
    expect(keys.length).toBeGreaterThanOrEqual(3);
    for (const key of keys) {
      expect(key).toMatch(
        /^quickbite:orders:limits:(probe:probe|(writes|failed-authentication):[\w-]{43})$/,
      );
      // -2: it has expired meanwhile.
      const seconds = Number(await redis.command('TTL', key));
      expect(seconds === -2 || (seconds >= 0 && seconds <= 60)).toBe(true);
    }
  });
});

/** What happens to Redis, how it begins, and how it ends. */
type Fault = readonly [what: string, begin: () => unknown, end: () => unknown];

const setting = (...values: string[]) => redis.command('CONFIG', 'SET', ...values);

const withAnotherPassword = async (): Promise<void> => {
  await redis.kill();
  await redis.run('another');
};

const withPassword = async (): Promise<void> => {
  await redis.kill();
  await redis.run();
};

/** Three at most: of more outages in 30 s, an instance logs only the number. */
describe.each<readonly Fault[]>([
  [
    ['is frozen', () => redis.freeze(), () => redis.thaw()],
    ['is gone', () => redis.kill(), () => redis.run()],
    ['is full', () => setting('maxmemory', '1'), () => setting('maxmemory', '0')],
  ],
  [
    ['has another password', withAnotherPassword, withPassword],
    [
      'is a read-only replica',
      () => redis.command('REPLICAOF', '127.0.0.1', '1'),
      () => redis.command('REPLICAOF', 'NO', 'ONE'),
    ],
  ],
])('while Redis', (...faults) => {
  let before: readonly number[] = [];

  beforeAll(async () => {
    await restartAll();
  });

  beforeEach(() => {
    before = instances().map((orders) => countIn(orders, UNAVAILABLE));
  });

  it.each(faults)(
    '%s, each instance counts by itself, and no order fails or waits',
    async (what, begin, end) => {
      await begin();
      const first = await placeAll(`${what}, first`, 4);
      await eventually('both instances have noticed', () =>
        instances().every((orders, index) => countIn(orders, UNAVAILABLE) > (before[index] ?? 0)),
      );
      const answers = await placeAll(`${what}, then`, WRITES);
      expect(statusesOf([...first, ...answers])).toEqual({ 201: 4 + WRITES });
      // Each instance has counted half of them.
      expect(answers.at(-1)?.headers.get('RateLimit')).toMatch(`"writes";r=${WRITES / 2};`);
      expect(answers.filter(({ tookMs }) => tookMs >= TIMEOUT_MS).length).toBeLessThan(WRITES / 4);
      await end();
      await sharing();
      for (const [index, orders] of instances().entries())
        expect(countIn(orders, UNAVAILABLE)).toBe((before[index] ?? 0) + 1);
      const later = await Promise.all(times(30, (nth) => place(nth, `${what}, later`)));
      expect(statusesOf(later)).toEqual({ 201: WRITES, 429: 10 });
    },
  );
});

describe('an instance that starts', () => {
  const startWith = async (env: Env): Promise<string> => {
    const { logs } = cluster.orders;
    await cluster.restartOrders(env);
    const added = () => cluster.orders.logs.slice(logs.length);
    await eventually('it has tried to reach Redis', () =>
      /are shared through Redis|is unavailable/.test(added()),
    );
    expect((await place(0, 'dave')).status).toBe(201);
    return added();
  };

  it('with a wrong password takes orders, and logs neither it nor more than a line', async () => {
    const logs = await startWith({ ORDERS_LIMITS_REDIS_URL: urlOf(redis, 'wr0ngb1rd') });
    expect(logs).toContain('is unavailable (the login was rejected: WRONGPASS); retrying');
    expect(logs.match(UNAVAILABLE)).toHaveLength(1);
    expect(logs).not.toContain('wr0ngb1rd');
  });

  it('needs few rights in Redis', async () => {
    const rights = '~quickbite:* +eval +set +incrby +pttl +expire +get +multi +exec';
    await redis.command(
      'ACL',
      'SETUSER',
      'orders',
      'on',
      '>few',
      'resetkeys',
      '-@all',
      ...rights.split(' '),
    );
    const url = `redis://orders:few@127.0.0.1:${redis.port}`;
    expect(await startWith({ ORDERS_LIMITS_REDIS_URL: url })).toMatch(SHARED);
    const statuses = [];
    for (let nth = 0; nth < 6; nth += 1) statuses.push(await sendWrong(0, '192.0.2.3'));
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    expect(cluster.orders.logs).not.toContain('NOPERM');
  });

  it('uses TLS, and only with a server of the authority', async () => {
    const files = await TlsFixture.create();
    await files.writeCertificate('redis', { names: ['localhost'] });
    const port = await findFreePort();
    const server = await RedisServer.start(PASSWORD, [
      ...['--tls-port', String(port), '--tls-auth-clients', 'no'],
      ...['--tls-cert-file', files.path('redis.pem'), '--tls-key-file', files.path('redis.key')],
    ]);
    try {
      const env = { ORDERS_LIMITS_REDIS_URL: `rediss://:${PASSWORD}@localhost:${port}` };
      const other = { ORDERS_LIMITS_REDIS_CA_FILE: files.path('other-ca.pem') };
      expect(await startWith({ ...env, ...other })).toMatch(
        /is unavailable \((?!no reply)[A-Z_]+\)/,
      );
      const own = { ORDERS_LIMITS_REDIS_CA_FILE: files.path('ca.pem') };
      expect(await startWith({ ...env, ...own })).toMatch(SHARED);
    } finally {
      await server.stop();
      await files.remove();
    }
  });
});
