import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import type { RateLimiterRes } from 'rate-limiter-flexible';
import { type Limiter, Limiters } from './limiters.service';
import { LimitsRedis } from './limits-redis.service';
import type { OpenRedis, RedisConnection } from './redis-connection.client';

const WINDOW_SECONDS = 10;
const TIMEOUT_MS = 50;

/** A Redis that executes the script of the library, as long as it works. */
class FakeRedis {
  readonly counts = new Map<string, number>();
  connections = 0;
  calls = 0;
  /** How it replies. */
  reply: () => Promise<unknown> = () => Promise.resolve();
  /** Ends the newest connection. */
  end: (error: Error) => void = () => undefined;

  readonly open: OpenRedis = async (_options, onError) => {
    await this.reply();
    this.connections += 1;
    const connection: RedisConnection = {
      eval: async (_script, { keys: [key = ''], arguments: [points = '', seconds] }) => {
        this.calls += 1;
        await this.reply();
        const count = (this.counts.get(key) ?? 0) + Number(points);
        this.counts.set(key, count);
        return [count, Number(seconds) * 1_000];
      },
      multi: () => undefined,
      destroy: () => undefined,
    };
    this.end = (error) => onError(connection, error);
    return connection;
  };
}

const lines: string[] = [];
let redis: FakeRedis;

beforeEach(() => {
  redis = new FakeRedis();
  lines.length = 0;
  const record = (line: unknown) => void lines.push(String(line));
  jest.spyOn(Logger.prototype, 'log').mockImplementation(record);
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(record);
});

afterEach(() => jest.restoreAllMocks());

interface Instance {
  readonly redis: LimitsRedis;
  readonly limiter: Limiter;
}

const newInstance = (max = 3): Instance => {
  const url = 'redis://orders:secret@cache:6379';
  const limitsRedis = new LimitsRedis({ url, prefix: 'shop', timeoutMs: TIMEOUT_MS }, redis.open);
  const options = { name: 'writes', max, windowSeconds: WINDOW_SECONDS };
  return { redis: limitsRedis, limiter: new Limiters(limitsRedis).create(options) };
};

const connected = async (max?: number): Promise<Instance> => {
  const instance = newInstance(max);
  await instance.redis.check();
  return instance;
};

/** Consumes one by one. Returns what is left each time; `none` beyond the limit. */
const consume = async ({ limiter }: Instance, key: string, count: number) => {
  const left: (number | 'none')[] = [];
  for (let nth = 0; nth < count; nth += 1)
    left.push(
      await limiter.consume(key).then(
        ({ remainingPoints }: RateLimiterRes) => remainingPoints,
        () => 'none' as const,
      ),
    );
  return left;
};

it('two instances share what a caller may do', async () => {
  const [a, b] = [await connected(), await connected()];
  expect(await consume(a, 'ann', 2)).toEqual([2, 1]);
  expect(await consume(b, 'ann', 2)).toEqual([0, 'none']);
  expect(await consume(a, 'ann', 1)).toEqual(['none']);
  expect(await consume(a, 'bob', 1)).toEqual([2]);
  expect(lines).toEqual(Array(2).fill('Limits per caller are shared through Redis'));
});

it('a caller beyond its limit costs Redis nothing', async () => {
  const instance = await connected();
  await consume(instance, 'ann', 3);
  const { calls } = redis;
  expect(await consume(instance, 'ann', 5)).toEqual(Array(5).fill('none'));
  expect(redis.calls).toBe(calls);
});

it('keys begin with the prefix and do not name callers', async () => {
  await consume(await connected(), 'subject ann@example.com', 1);
  const keys = [...redis.counts.keys()].filter((key) => !key.endsWith(':probe'));
  expect(keys).toEqual([expect.stringMatching(/^shop:orders:limits:writes:[A-Za-z0-9_-]{43}$/)]);
});

it('counts in memory before there is a connection', async () => {
  expect(await consume(newInstance(), 'ann', 4)).toEqual([2, 1, 0, 'none']);
  expect(redis.calls).toBe(0);
});

it('counts in memory after an error, and in Redis again after a check', async () => {
  const instance = await connected();
  redis.reply = () => Promise.reject(new Error('OOM command not allowed'));
  expect(await consume(instance, 'ann', 4)).toEqual([2, 1, 0, 'none']);
  const { calls } = redis;
  await instance.redis.check();
  expect(instance.redis.isAvailable).toBe(false);
  expect(redis.calls).toBe(calls);
  redis.reply = () => Promise.resolve();
  await instance.redis.check();
  expect(await consume(instance, 'ann', 1)).toEqual([2]);
  expect(redis.connections).toBe(2);
  expect(lines).toEqual([
    'Limits per caller are shared through Redis',
    'Redis at cache:6379 is unavailable (OOM command not allowed); retrying',
    'Redis at cache:6379 is available again',
  ]);
});

it('waits for a reply only so long, and for none while Redis does not reply', async () => {
  const instance = await connected(10);
  redis.reply = () => new Promise(() => undefined);
  const both = await Promise.all([consume(instance, 'ann', 1), consume(instance, 'ann', 1)]);
  expect(both).toEqual([[9], [8]]);
  const { calls } = redis;
  expect(await consume(instance, 'ann', 9)).toEqual([7, 6, 5, 4, 3, 2, 1, 0, 'none']);
  expect(redis.calls).toBe(calls);
  expect(lines).toContain('Redis at cache:6379 is unavailable (no reply within 50 ms); retrying');
});

it('a reply that arrives while the process is busy is in time', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [peer] = (await once(server, 'connection')) as [Socket];
  try {
    const instance = await connected();
    redis.reply = () => {
      const reply = once(client, 'data');
      peer.write('reply');
      return reply;
    };
    // Timers run after this, and before sockets are read.
    const left = await new Promise<readonly unknown[]>((resolve) => {
      setImmediate(() => {
        resolve(consume(instance, 'ann', 1));
        const startedMs = performance.now();
        while (performance.now() - startedMs < 3 * TIMEOUT_MS);
      });
    });
    expect(left).toEqual([2]);
    expect(instance.redis.isAvailable).toBe(true);
  } finally {
    for (const socket of [client, peer]) socket.destroy();
    server.close();
  }
});

it('finds out at once that the connection has ended', async () => {
  const instance = await connected();
  redis.end(new Error('Socket closed unexpectedly'));
  expect(instance.redis.isAvailable).toBe(false);
  expect(await consume(instance, 'ann', 1)).toEqual([2]);
});

it('a late error of a former connection does not end the present one', async () => {
  const instance = await connected();
  const { end } = redis;
  end(new Error('gone'));
  await instance.redis.check();
  end(new Error('gone again'));
  expect(instance.redis.isAvailable).toBe(true);
});

it('says once that Redis is unavailable at the start', async () => {
  redis.reply = () => Promise.reject(new Error('ECONNREFUSED'));
  const instance = newInstance();
  for (let nth = 0; nth < 3; nth += 1) await instance.redis.check();
  expect(lines).toEqual(['Redis at cache:6379 is unavailable (ECONNREFUSED); retrying']);
  redis.reply = () => Promise.resolve();
  await instance.redis.check();
  expect(lines.slice(1)).toEqual(['Redis at cache:6379 is available again']);
});

it('says nothing when it is closed', async () => {
  const instance = await connected();
  instance.redis.close();
  redis.end(new Error('Socket closed unexpectedly'));
  expect(await consume(instance, 'ann', 1)).toEqual([2]);
  expect(lines).toHaveLength(1);
});
