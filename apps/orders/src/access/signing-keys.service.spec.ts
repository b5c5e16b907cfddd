import { Logger } from '@nestjs/common';
import type { CryptoKey, FlattenedJWSInput, JSONWebKeySet } from 'jose';
import { newSigningKey, toJwk } from '../../../../test/harness/identity-provider';
import { silentLogger } from '../../../../test/harness/silent-logger';
import { SigningKeys } from './signing-keys.service';

const FIRST = newSigningKey('first');
const SECOND = newSigningKey('second');

let published = [FIRST];
let isDown = false;
let fetches = 0;
let keys: SigningKeys;

const client = {
  fetch: async (): Promise<JSONWebKeySet> => {
    fetches += 1;
    await Promise.resolve();
    if (isDown) throw new Error('ECONNREFUSED');
    return { keys: published.map(toJwk) };
  },
};

beforeAll(() => {
  Logger.overrideLogger(silentLogger);
});

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  published = [FIRST];
  isDown = false;
  fetches = 0;
  keys = new SigningKeys(client as never);
});

afterEach(() => jest.useRealTimers());

const find = async (kid: string): Promise<CryptoKey> =>
  (await keys.find({ alg: 'ES256', kid }, {} as FlattenedJWSInput)) as CryptoKey;

const HOUR_MS = 3_600_000;

it('finds the keys that were published last', async () => {
  await keys.refresh();
  expect((await find('first')).type).toBe('public');
  published = [SECOND];
  await keys.refresh();
  expect((await find('second')).type).toBe('public');
  await expect(find('first')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
});

it('keeps its keys through an outage of the key server, however long', async () => {
  await keys.refresh();
  isDown = true;
  for (let hour = 1; hour <= 100; hour += 1) {
    jest.advanceTimersByTime(HOUR_MS);
    expect(await keys.refresh()).toBe(false);
    expect(keys.areCurrent).toBe(false);
    expect((await find('first')).type).toBe('public');
  }
  isDown = false;
  expect(await keys.refresh()).toBe(true);
  expect(keys.areCurrent).toBe(true);
});

it('fetches once in 30 s for a flood of unknown key ids', async () => {
  await keys.refresh();
  jest.advanceTimersByTime(29_000);
  const flood = () =>
    Promise.allSettled(Array.from({ length: 500 }, (_, nth) => find(`unknown-${nth}`)));
  expect((await flood()).every(({ status }) => status === 'rejected')).toBe(true);
  expect(fetches).toBe(1);
  jest.advanceTimersByTime(1_500);
  await flood();
  await flood();
  expect(fetches).toBe(2);
  jest.advanceTimersByTime(29_000);
  await flood();
  expect(fetches).toBe(2);
});

it('a flood during an outage causes no fetch more', async () => {
  await keys.refresh();
  isDown = true;
  jest.advanceTimersByTime(31_000);
  await expect(find('unknown')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  for (let count = 0; count < 100; count += 1) await find('unknown').catch(() => undefined);
  expect(fetches).toBe(2);
});

it('finds a new key at its first use', async () => {
  await keys.refresh();
  jest.advanceTimersByTime(31_000);
  published = [FIRST, SECOND];
  expect((await find('second')).type).toBe('public');
  expect(fetches).toBe(2);
});

it('a request waits for the first fetch, and fails as unavailable without keys', async () => {
  await expect(find('first')).rejects.toMatchObject({ reason: 'SIGNING_KEYS_UNAVAILABLE' });
  const fetching = keys.refresh();
  expect((await find('first')).type).toBe('public');
  await fetching;
});
