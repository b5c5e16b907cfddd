import { redisUrlFault } from './redis-url';

it.each([
  'redis://127.0.0.1',
  'redis://cache:6379/',
  'redis://:secret@cache:6379/3',
  'rediss://orders:p%40ss%2Fword@cache.example:6380',
  'redis://[::1]:6379',
])('accepts %s', (url) => {
  expect(redisUrlFault(url)).toBeUndefined();
});

it.each([
  '',
  'cache:6379',
  'http://cache:6379',
  'redis:///0',
  'redis://cache:65536',
  'redis://cache/orders',
  'redis://cache/0?tls=true',
  'redis://:sec#ret@cache',
  'redis://:secret%@cache',
  'redis://u:12/secret@cache',
])('rejects %j, and does not repeat it', (url) => {
  const fault = redisUrlFault(url);
  expect(fault).toContain('must be a URL such as redis://');
  expect(fault).not.toContain('secret');
});
