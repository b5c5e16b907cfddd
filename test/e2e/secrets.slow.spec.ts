import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliProcess } from '../harness/cli-process';
import { cloneDatabases, type ClusterDatabases } from '../harness/cluster-network';
import { RawConnection, rawRequest } from '../harness/raw-connection';
import { type Env, newInventory, newOrders } from '../harness/services';
import { eventually } from '../harness/wait';

/** Appears in every secret of this test, and nowhere else. */
const CANARY = 'c4n4ryb1rd';
const secret = (name: string): string => `${CANARY}-${name}`;
/** As it is, and what base64 makes of its middle at each of the three offsets. */
const FORMS = [
  CANARY,
  ...[0, 1, 2].map((offset) => Buffer.from(CANARY.slice(offset, offset + 6)).toString('base64')),
];

const DEBUG = { LOG_LEVEL: 'debug' };
const TOKENS = [
  `Bearer ${secret('token')}`,
  `bearer ${secret('lower')}`,
  `Basic ${Buffer.from(`u:${secret('basic')}`).toString('base64')}`,
  secret('bare'),
  // The form of an API key: a prefix of 8 characters and a secret of 43.
  `Bearer qb_abcdefgh_${secret('key').padEnd(43, 'k')}`,
];

let databases: ClusterDatabases;
let folder: string;

beforeAll(async () => {
  databases = await cloneDatabases();
  folder = await mkdtemp(join(tmpdir(), 'quickbite-secrets-'));
});

afterAll(async () => {
  await Promise.all([databases.inventory.drop(), databases.orders.drop()]);
  await rm(folder, { recursive: true });
});

const findIn = (text: string): string[] =>
  text.split('\n').filter((line) => FORMS.some((form) => line.includes(form)));

/** The password of the tests' databases is not known to be unique. This one is, and is wrong. */
const withPassword = (url: string, password: string): string =>
  Object.assign(new URL(url), { password }).href;

const KAFKA = (prefix: string): Env => ({
  [`${prefix}_KAFKA_BROKERS`]: '127.0.0.1:1',
  [`${prefix}_KAFKA_SASL_MECHANISM`]: 'PLAIN',
  [`${prefix}_KAFKA_SASL_USERNAME`]: 'u',
  [`${prefix}_KAFKA_SASL_PASSWORD`]: secret('kafka'),
});

it.each(['open', 'required'])(
  'no log line and no answer of running services has a secret, with authentication %s',
  async (authentication) => {
    const inventory = await newInventory(databases.inventory, { ...DEBUG, ...KAFKA('INVENTORY') });
    const orders = await newOrders(databases.orders, inventory.address, {
      ...DEBUG,
      ...KAFKA('ORDERS'),
      ORDERS_LIMITS_REDIS_URL: `redis://u:${secret('redis')}@127.0.0.1:1`,
      ORDERS_AUTHENTICATION: authentication,
      ORDERS_WEBHOOK_ALLOW_PRIVATE: 'true',
    });
    const answers: string[] = [];
    const raw = async (line: string, headers: readonly string[], body = ''): Promise<void> => {
      const connection = await RawConnection.open(orders.address);
      connection.send(rawRequest(line, { headers: [...headers, 'Connection: close'], body }));
      await connection.untilEnd();
      answers.push(connection.received);
    };
    try {
      await Promise.all([inventory.start(), orders.start()]);
      for (const token of TOKENS) {
        const headers = [`Authorization: ${token}`, `Cookie: session=${secret('cookie')}`];
        const json = [...headers, 'Content-Type: application/json'];
        await raw('GET /v1/orders', headers);
        await raw('GET /v1/orders/none', headers);
        await raw('GET /nowhere', headers);
        await raw('POST /v1/orders', headers, 'x');
        await raw('POST /v1/orders', json, '{"userId": "u-1", "sku": "none", "quantity": 1}');
        await raw('POST /v1/orders', json, '{');
        await raw('GET /v1/orders', [...headers, 'Bad header']);
        await raw('GET /v1/orders', [...headers, 'Expect: x']);
      }
      const url = `http://u:${secret('url')}@127.0.0.1:1/hook`;
      const hook = JSON.stringify({ url, types: ['order.confirmed'] });
      await raw('POST /v1/webhooks', ['Content-Type: application/json'], hook);
      await eventually('both have tried to reach Kafka', () =>
        [inventory, orders].every(({ logs }) => /kafka/i.test(logs)),
      );
      await eventually('Orders has tried to reach Redis', () => orders.logs.includes('Redis at'));
    } finally {
      await Promise.all([orders.stop(), inventory.stop()]);
    }
    expect(answers.length).toBeGreaterThan(30);
    expect(answers.every((answer) => answer.startsWith('HTTP/1.1 '))).toBe(true);
    expect(inventory.logs.length + orders.logs.length).toBeGreaterThan(5_000);
    expect(findIn([...answers, inventory.logs, orders.logs].join('\n'))).toEqual([]);
  },
);

describe('no text of a service that does not start has a secret', () => {
  const valid = () => databases.inventory.url;

  it.each<[string, () => Promise<Env> | Env]>([
    ['a wrong password', () => ({ INVENTORY_DATABASE_URL: withPassword(valid(), secret('db')) })],
    [
      'an unreachable server',
      () => ({ INVENTORY_DATABASE_URL: `postgres://u:${secret('db')}@127.0.0.1:1/x` }),
    ],
    [
      'an unknown host',
      () => ({ INVENTORY_DATABASE_URL: `postgres://u:${secret('db')}@none.invalid/x` }),
    ],
    ['a malformed URL', () => ({ INVENTORY_DATABASE_URL: `postgres//u:${secret('db')}@h/x` })],
    ['a password alone', () => ({ INVENTORY_DATABASE_URL: secret('db') })],
    [
      'an unknown parameter',
      () => ({ INVENTORY_DATABASE_URL: `postgres://u@h/x?passwort=${secret('db')}` }),
    ],
    [
      'a malformed file',
      async () => {
        await writeFile(join(folder, 'url'), `mysql://u:${secret('file')}@h/x`);
        return { INVENTORY_DATABASE_URL: '', INVENTORY_DATABASE_URL_FILE: join(folder, 'url') };
      },
    ],
    [
      'a login without a mechanism that exists',
      () => ({ ...KAFKA('INVENTORY'), INVENTORY_KAFKA_SASL_MECHANISM: 'NONE' }),
    ],
    [
      'a login without a user',
      () => ({ ...KAFKA('INVENTORY'), INVENTORY_KAFKA_SASL_USERNAME: '' }),
    ],
  ])('because of %s', async (_what, envOf) => {
    const env = { ...DEBUG, INVENTORY_DATABASE_TIMEOUT_MS: '500', ...(await envOf()) };
    const service = await newInventory(databases.inventory, env);
    await Promise.race([
      service.start().catch(() => undefined),
      eventually('it logs what fails', () => /fail|error|unavailable/i.test(service.logs)),
    ]);
    await service.stop('SIGKILL');
    expect(service.logs).not.toBe('');
    expect(findIn(service.logs)).toEqual([]);
  });

  it('nor of a command', async () => {
    for (const url of [
      `postgres://u:${secret('db')}@127.0.0.1:1/x`,
      `postgres//u:${secret('db')}@h`,
    ]) {
      const env = { ORDERS_DATABASE_URL: url, INVENTORY_DATABASE_URL: url };
      const { code, stdout, stderr } = await new CliProcess(['verify'], { env }).ended();
      expect(code).not.toBe(0);
      expect(findIn(stdout + stderr)).toEqual([]);
    }
  });
});

it('a service reads its database URL from a file', async () => {
  const file = join(folder, 'inventory-url');
  await writeFile(file, `${databases.inventory.url}\n`);
  const inventory = await newInventory(
    { url: '' },
    { INVENTORY_DATABASE_URL: '', INVENTORY_DATABASE_URL_FILE: file },
  );
  await inventory.start();
  expect(await inventory.stop()).toBe(0);
});
