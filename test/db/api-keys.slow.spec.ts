import type { TestingModule } from '@nestjs/testing';
import { ApiKeyRepository, newApiKey } from '@app/access';
import { ApiKeyCache } from '../../apps/orders/src/api-keys/api-key-cache.service';
import { ApiKeyService } from '../../apps/orders/src/api-keys/api-key.service';
import { eventually } from '../harness/wait';
import { ApiKeyInstances, authenticate, createKey } from './api-key-instances';
import { queryAs } from './roles';

/** The promise to administrators. */
const REVOKED_WITHIN_MS = 5_000;

let system: ApiKeyInstances;
let instance: TestingModule;

beforeEach(async () => {
  system = await ApiKeyInstances.create();
  instance = await system.start();
});

afterEach(() => system.close());

/** Counts the look-ups of an instance. */
const countLookUps = (of: TestingModule): (() => number) => {
  const lookUps = jest.spyOn(of.get(ApiKeyRepository), 'lookUp');
  return () => lookUps.mock.calls.length;
};

const lastUse = async (id: string): Promise<Date | null | undefined> => {
  const [row] = await system.database.query<{ at: Date | null }>(
    'select last_used_at as at from api_key where id = $1',
    [id],
  );
  return row?.at;
};

it('a key authenticates its subject with its scopes', async () => {
  const { key, text } = await createKey(instance, { scopes: ['staff', 'events'] });
  expect(await authenticate(instance, text)).toEqual({
    kind: 'apiKey',
    subject: 'warehouse',
    scopes: new Set(['staff', 'events']),
    keyId: key.id,
  });
});

it('the right prefix with a wrong secret is rejected, also after the key was used', async () => {
  const { key, text } = await createKey(instance);
  const wrong = `qb_${key.prefix}_${newApiKey().text.slice(12)}`;
  expect(await authenticate(instance, wrong)).toBeUndefined();
  expect(await authenticate(instance, text)).toBeDefined();
  expect(await authenticate(instance, wrong)).toBeUndefined();
});

it('a key that never existed is rejected, and looked up once', async () => {
  const lookUps = countLookUps(instance);
  const { text } = newApiKey();
  for (let count = 0; count < 3; count += 1) {
    expect(await authenticate(instance, text)).toBeUndefined();
  }
  expect(lookUps()).toBe(1);
});

it('text that is no key is rejected without a look-up', async () => {
  const lookUps = countLookUps(instance);
  expect(await authenticate(instance, `${newApiKey().text}A`)).toBeUndefined();
  expect(lookUps()).toBe(0);
});

it('keys that arrive together are looked up together', async () => {
  const { text } = await createKey(instance);
  const lookUps = countLookUps(instance);
  const texts = [text, text, ...Array.from({ length: 50 }, () => newApiKey().text)];
  const found = await Promise.all(texts.map((each) => authenticate(instance, each)));
  expect(found.map((principal) => principal !== undefined)).toEqual(
    texts.map((each) => each === text),
  );
  expect(lookUps()).toBe(1);
});

it('a revoked key is rejected within 5 s, also by another instance that has just used it', async () => {
  const other = await system.start();
  const { key, text } = await createKey(instance);
  for (const each of [instance, other]) expect(await authenticate(each, text)).toBeDefined();
  await instance.get(ApiKeyService).revoke(key.id);
  const revokedAtMs = performance.now();
  for (const each of [instance, other]) {
    await eventually('the key is rejected', async () => !(await authenticate(each, text)));
    expect(performance.now() - revokedAtMs).toBeLessThan(REVOKED_WITHIN_MS);
  }
});

it('a key stays revoked from the first time on', async () => {
  const { key, text } = await createKey(instance);
  const service = instance.get(ApiKeyService);
  const first = await service.revoke(key.id);
  const second = await service.revoke(key.id);
  expect(second.revokedAt).toEqual(first.revokedAt);
  expect(await authenticate(instance, text)).toBeUndefined();
});

it('a key that does not exist cannot be revoked', async () => {
  const id = '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55';
  await expect(instance.get(ApiKeyService).revoke(id)).rejects.toMatchObject({
    reason: 'API_KEY_NOT_FOUND',
  });
});

it('an expired key is rejected at once, although it was looked up before it expired', async () => {
  // Sooner than the end of its time in the cache.
  const { text } = await createKey(instance, { expiresAt: new Date(Date.now() + 2_000) });
  expect(await authenticate(instance, text)).toBeDefined();
  const lookUps = countLookUps(instance);
  await eventually('the key has expired', async () => !(await authenticate(instance, text)));
  expect(lookUps()).toBe(0);
});

it('a key that had expired before is rejected', async () => {
  const { text } = await createKey(instance, { expiresAt: new Date(Date.now() - 1) });
  expect(await authenticate(instance, text)).toBeUndefined();
});

it('while the database is unavailable, a key that has to be looked up is neither right nor wrong', async () => {
  const { text } = await createKey(instance);
  await system.database.allowConnections(false);
  try {
    await expect(authenticate(instance, text)).rejects.toMatchObject({
      reason: 'DATABASE_UNAVAILABLE',
    });
  } finally {
    await system.database.allowConnections(true);
  }
  await eventually('it is looked up again', async () =>
    authenticate(instance, text).catch(() => undefined),
  );
});

it('the last use is recorded once a minute at most, and only of calls that were accepted', async () => {
  const { key, text } = await createKey(instance);
  const cache = instance.get(ApiKeyCache);
  await authenticate(instance, `qb_${key.prefix}_${newApiKey().text.slice(12)}`);
  await cache.recordUses();
  expect(await lastUse(key.id)).toBeNull();
  const other = await system.start();
  for (const each of [instance, other]) await authenticate(each, text);
  await cache.recordUses();
  const first = await lastUse(key.id);
  expect(first).toBeInstanceOf(Date);
  await other.get(ApiKeyCache).recordUses();
  expect(await lastUse(key.id)).toEqual(first);
  await system.database.query(`update api_key set last_used_at = now() - interval '61 seconds'`);
  await authenticate(await system.start(), text);
  await eventually('a later use is recorded', async () => {
    const at = await lastUse(key.id);
    return at && Date.now() - at.getTime() < 30_000;
  });
});

it('no column has the secret of a key', async () => {
  const { key, text } = await createKey(instance);
  const secret = text.slice(12);
  const [row] = await system.database.query<{ all: string }>(
    'select to_jsonb(k)::text as all from api_key k where id = $1',
    [key.id],
  );
  expect(row?.all).toContain(key.prefix);
  for (const form of [secret, Buffer.from(secret).toString('hex')]) {
    expect(row?.all).not.toContain(form);
  }
  expect(JSON.stringify(key)).not.toContain(secret);
});

it('keys are listed by pages, the newest first', async () => {
  const created = [await createKey(instance), await createKey(instance), await createKey(instance)];
  const ids = created.map(({ key }) => key.id).reverse();
  const service = instance.get(ApiKeyService);
  const first = await service.list({ limit: 2 }, {});
  expect(first.items.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  const second = await service.list({ limit: 2, before: first.next }, {});
  expect(second.items.map(({ id }) => id)).toEqual(ids.slice(2));
  expect(second.next).toBeUndefined();
});

/** Execute a statement as the role that Orders works as, and as the owner of the tables. */
const ROLES: readonly ((sql: string) => Promise<unknown>)[] = [
  (sql) => queryAs(system.database.url, sql),
  (sql) => system.database.query(sql),
];

it.each([
  ['the scopes', `scopes = '{admin}'`],
  ['the subject', `subject = 'ada'`],
  ['the secret', `secret_hash = sha256('other')`],
  ['the expiry', 'expires_at = null'],
])(
  'a statement cannot change %s of a key, neither as Orders nor as the owner',
  async (_what, set) => {
    const expiresAt = new Date(Date.now() + 3_600_000);
    const { key, text } = await createKey(instance, { expiresAt });
    for (const update of ROLES) {
      await expect(update(`update api_key set ${set} where id = '${key.id}'`)).rejects.toThrow(
        `The settings of the API key ${key.prefix} cannot change`,
      );
    }
    expect(await authenticate(instance, text)).toMatchObject({ subject: 'warehouse' });
  },
);

it('a statement cannot make a revoked key valid again', async () => {
  const { key } = await createKey(instance);
  await instance.get(ApiKeyService).revoke(key.id);
  for (const update of ROLES) {
    for (const value of ['null', "now() + interval '1 day'"]) {
      const sql = `update api_key set revoked_at = ${value} where id = '${key.id}'`;
      await expect(update(sql)).rejects.toThrow(`The API key ${key.prefix} is revoked`);
    }
  }
});
