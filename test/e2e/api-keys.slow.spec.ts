import { newApiKey } from '@app/access';
import { EventFollower } from '../harness/event-follower';
import { givenStock } from '../harness/stock';
import { eventually } from '../harness/wait';
import { type ApiKeyBody, ProtectedCluster } from './api-key-fixture';

/** The promise to administrators. */
const REVOKED_WITHIN_MS = 5_000;

let system: ProtectedCluster;
/** All keys of these tests, to look for their secrets. */
const keys: string[] = [];
/** Everything that was returned after the creation of a key. */
const answers: string[] = [];

beforeAll(async () => {
  system = await ProtectedCluster.start();
  keys.push(system.adminKey);
  await givenStock(system.cluster.inventoryDatabase, 'guarded', 1_000);
});

afterAll(() => system.cluster.stop());

const createKey = async (settings?: object): Promise<ApiKeyBody> => {
  const created = await system.createKey(settings);
  keys.push(created.key);
  return created;
};

const listOrders = async (key: string, instance = 0) => {
  const answer = await system.send(key, 'GET', '/v1/orders', { instance });
  answers.push(JSON.stringify(answer.body));
  return answer;
};

it('the first key is created with access to the database only, and is the only line on stdout', () => {
  expect(system.created.code).toBe(0);
  expect(system.created.stdout).toMatch(/^qb_[a-z2-7]{8}_[A-Za-z0-9_-]{43}\n$/);
  expect(system.created.stderr).not.toContain(system.adminKey.slice(12));
});

it('a key works on each instance, and is shown once', async () => {
  const created = await createKey();
  for (const instance of [0, 1]) expect((await listOrders(created.key, instance)).status).toBe(200);
  const read = await system.send(system.adminKey, 'GET', `/v1/api-keys/${created.id}`);
  const list = await system.send(system.adminKey, 'GET', '/v1/api-keys?limit=100');
  answers.push(JSON.stringify(read.body), JSON.stringify(list.body));
  const { lastUsedAt } = read.body;
  expect({ ...read.body, key: created.key }).toEqual({ ...created, lastUsedAt });
  expect(read.body).not.toHaveProperty('key');
  expect(answers.at(-1)).toContain(created.prefix);
});

it('a key that was just used is rejected by every instance within 5 s of its revocation', async () => {
  const created = await createKey();
  for (const instance of [0, 1]) expect((await listOrders(created.key, instance)).status).toBe(200);
  const { status } = await system.send(system.adminKey, 'DELETE', `/v1/api-keys/${created.id}`);
  expect(status).toBe(204);
  const revokedAtMs = performance.now();
  for (const instance of [1, 0]) {
    await eventually('the key is rejected', async () => {
      const answer = await listOrders(created.key, instance);
      return answer.status === 401;
    });
    expect(performance.now() - revokedAtMs).toBeLessThan(REVOKED_WITHIN_MS);
  }
});

it('the streams of a key end on each instance within 5 s of its revocation', async () => {
  const created = await createKey({ scopes: ['events'] });
  const follow = (url: string) =>
    EventFollower.at(`${url}/v1/order-events`, undefined, created.key);
  const urls = system.cluster.ordersInstances.map(({ url }) => url);
  const streams = await Promise.all(urls.map(follow));
  expect(streams).toHaveLength(2);
  const { status } = await system.send(system.adminKey, 'DELETE', `/v1/api-keys/${created.id}`);
  expect(status).toBe(204);
  const revokedAtMs = performance.now();
  await Promise.all(streams.map((stream) => stream.untilEnd()));
  expect(performance.now() - revokedAtMs).toBeLessThan(REVOKED_WITHIN_MS);
});

it('a key that has expired is rejected', async () => {
  const expiresAt = new Date(Date.now() + 4_000).toISOString();
  const { key } = await createKey({ expiresAt });
  expect((await listOrders(key)).status).toBe(200);
  await eventually('the key has expired', async () => (await listOrders(key)).status === 401);
});

it('a wrong secret with the right prefix, and a key that never existed, get the same answer', async () => {
  const { prefix } = await createKey();
  const [guessed, invented] = [`qb_${prefix}_${newApiKey().text.slice(12)}`, newApiKey().text];
  keys.push(guessed, invented);
  const answer = await listOrders(guessed);
  expect(answer).toMatchObject({ status: 401, body: { reason: 'UNAUTHENTICATED' } });
  expect((await listOrders(invented)).body).toEqual(answer.body);
});

it('only administrators manage keys and read the audit trail', async () => {
  const others = await Promise.all(
    [['staff'], ['events'], ['customer']].map((scopes) => createKey({ scopes })),
  );
  const { id } = others[0] ?? { id: '' };
  for (const { key } of others) {
    for (const [method, path, body] of [
      ['POST', '/v1/api-keys', { name: 'n', subject: 's', scopes: ['admin'] }],
      ['GET', '/v1/api-keys', undefined],
      ['GET', `/v1/api-keys/${id}`, undefined],
      ['DELETE', `/v1/api-keys/${id}`, undefined],
      ['GET', '/v1/audit', undefined],
    ] as const) {
      const answer = await system.send(key, method, path, { ...(body && { body }) });
      expect([method, path, answer.status]).toEqual([method, path, 403]);
    }
  }
});

it('names each fault of a new key', async () => {
  const cases: readonly [object, string][] = [
    [{ scopes: [] }, 'scopes'],
    [{ scopes: ['root'] }, 'scopes'],
    [{ scopes: ['staff', 'staff'] }, 'scopes'],
    [{ name: '' }, 'name'],
    [{ subject: 'a\0' }, 'subject'],
    [{ expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    [{ expiresAt: 'soon' }, 'expiresAt'],
  ];
  for (const [change, field] of cases) {
    const body = { name: 'n', subject: 's', scopes: ['staff'], ...change };
    const answer = await system.send<{ errors: { field: string }[] }>(
      system.adminKey,
      'POST',
      '/v1/api-keys',
      { body },
    );
    expect([change, answer.status]).toEqual([change, 400]);
    expect(answer.body.errors.map((error) => error.field)).toEqual([field]);
  }
});

it('a key that does not exist is 404', async () => {
  const path = '/v1/api-keys/01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55';
  for (const method of ['GET', 'DELETE']) {
    const answer = await system.send(system.adminKey, method, path);
    expect(answer).toMatchObject({ status: 404, body: { reason: 'API_KEY_NOT_FOUND' } });
  }
});

/** Creates a key as an earlier version may have: names had any characters. */
const createFormerKey = (): Promise<unknown> =>
  system.cluster.ordersDatabase.query(
    `insert into api_key (id, prefix, secret_hash, name, subject, scopes)
     values (gen_random_uuid(), 'zzzzzzzz', sha256('x'), $1, 'warehouse', '{staff}')`,
    ['a \u001b[31mred\u001b[0m terminal'],
  );

it('the commands list and revoke keys', async () => {
  const created = await createKey();
  await createFormerKey();
  const listed = await system.cli('keys', 'list');
  answers.push(listed.stdout, listed.stderr);
  expect(listed.stdout).toContain(`${created.id}\t${created.prefix}\tvalid\tstaff\twarehouse`);
  expect(listed.stdout).toContain('\tzzzzzzzz\t');
  expect(listed.stdout).not.toContain('\u001b');
  const revoked = await system.cli('keys', 'revoke', created.prefix, '--json');
  answers.push(revoked.stdout, revoked.stderr);
  expect(JSON.parse(revoked.stdout)).toMatchObject({ id: created.id });
  const unknown = await system.cli('keys', 'revoke', 'aaaaaaaa');
  expect(unknown).toMatchObject({ code: 1, stdout: '' });
});

it('the last use of a key is recorded', async () => {
  const { id, key } = await createKey();
  await listOrders(key);
  await eventually('the use is recorded', async () => {
    const { body } = await system.send(system.adminKey, 'GET', `/v1/api-keys/${id}`);
    return body.lastUsedAt;
  });
});

it('no secret is in a log, a later answer or a table', async () => {
  const { cluster } = system;
  const logs = [...cluster.ordersInstances, cluster.inventory].map((each) => each.logs);
  const places = [...logs, ...answers, await system.tables(), system.created.stderr];
  // The logs are at debug, and there were requests with each key.
  expect(logs.join('')).toContain('/v1/orders');
  expect(keys.length).toBeGreaterThan(10);
  for (const key of keys) {
    const secret = key.slice(12);
    expect(secret).toHaveLength(43);
    const hex = Buffer.from(secret).toString('hex');
    const found = places.filter((text) => text.includes(secret) || text.includes(hex));
    expect(found).toEqual([]);
  }
});
