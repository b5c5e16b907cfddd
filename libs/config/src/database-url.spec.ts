import { databaseUrlFault, parseDatabaseUrl } from './database-url';

const serversOf = (url: string) => parseDatabaseUrl(url).servers;

it.each([
  ['one host', 'postgres://u:p@h:1/db', ['postgres://u:p@h:1/db']],
  ['no port', 'postgresql://u@h/db', ['postgresql://u@h/db']],
  ['a password with @', 'postgres://u:a@b@h/db', ['postgres://u:a@b@h/db']],
  [
    'several hosts',
    'postgres://u:p@a:1,b:2/db',
    ['postgres://u:p@a:1/db', 'postgres://u:p@b:2/db'],
  ],
  ['IPv6', 'postgres://u@[::1]:1,[::2]/db', ['postgres://u@[::1]:1/db', 'postgres://u@[::2]/db']],
  [
    'hosts and ports as parameters',
    'postgres://u@/db?host=a,b&port=1,2',
    ['postgres://u@a:1/db', 'postgres://u@b:2/db'],
  ],
  [
    'the directory of a socket',
    'postgres://u@/db?host=/run/pg&port=5433',
    ['postgres://u@/db?host=%2Frun%2Fpg&port=5433'],
  ],
  [
    'an encoded directory with a port',
    'postgres://u@%2Frun%2Fpg:5433/db',
    ['postgres://u@/db?host=%2Frun%2Fpg&port=5433'],
  ],
  ['an encoded directory', 'postgres://u@%2Frun%2Fpg/db', ['postgres://u@/db?host=%2Frun%2Fpg']],
  [
    'sslmode=require as in libpq',
    'postgres://h/db?sslmode=require',
    ['postgres://h/db?sslmode=require&uselibpqcompat=true'],
  ],
  [
    'sslmode=prefer: first with TLS, then without',
    'postgres://h/db?sslmode=prefer',
    [
      'postgres://h/db?sslmode=require&uselibpqcompat=true',
      'postgres://h/db?sslmode=disable&uselibpqcompat=true',
    ],
  ],
  [
    'the CAs of the system',
    'postgres://h/db?sslmode=verify-full&sslrootcert=system',
    ['postgres://h/db?sslmode=verify-full&uselibpqcompat=true'],
  ],
  [
    'the CAs of the system, which imply verification',
    'postgres://h/db?sslrootcert=system',
    ['postgres://h/db?sslmode=verify-full&uselibpqcompat=true'],
  ],
  ['what may be ignored', 'postgres://h/db?connect_timeout=3&keepalives=1', ['postgres://h/db']],
  ['the login as parameters', 'postgres://h/db?user=u', ['postgres://h/db?user=u']],
  [
    'the target of libpq',
    'postgres://a,b/db?target_session_attrs=read-write',
    ['postgres://a/db', 'postgres://b/db'],
  ],
])('reads %s', (_what, url, servers) => {
  expect(serversOf(url)).toEqual(servers);
  expect(databaseUrlFault(url)).toBeUndefined();
});

it('reads the options of the session', () => {
  const { options } = parseDatabaseUrl('postgres://h/db?options=-c%20work_mem%3D7MB');
  expect(options).toBe('-c work_mem=7MB');
});

it.each([
  ['no URL', 'orders', /must be a URL/],
  ['another scheme', 'mysql://u:p@h/db', /must be a URL/],
  ['no database', 'postgres://u:p@h', /must be a URL/],
  ['an empty host among several', 'postgres://u:p@a,,b/db', /several servers/],
  ['an impossible port', 'postgres://u:p@h:99999/db', /must be a URL/],
  ['a target that is not writable', 'postgres://a/db?target_session_attrs=standby', /writes/],
  ['an unknown sslmode', 'postgres://a/db?sslmode=on', /sslmode of disable, allow/],
  [
    'a file that does not exist',
    'postgres://a/db?sslmode=verify-ca&sslrootcert=/nonexistent',
    /existing file as sslrootcert/,
  ],
  [
    'the address beside the host',
    'postgres://a/db?hostaddr=10.0.0.1',
    /hostaddr: write the address/,
  ],
  ['another database', 'postgres://a/db?dbname=other', /dbname: write the database/],
  ['an unknown parameter', 'postgres://a/db?channel_binding=require', /channel_binding: remove it/],
  ['a repeated parameter', 'postgres://a/db?sslmode=disable&sslmode=require', /sslmode once/],
  [
    'the CAs of the system without verification',
    'postgres://a/db?sslmode=require&sslrootcert=system',
    /verify-full/,
  ],
  ['a folder as a file', 'postgres://a/db?sslcert=/', /existing file as sslcert/],
  ['verify-ca without a CA', 'postgres://a/db?sslmode=verify-ca', /sslrootcert/],
])('rejects %s', (_what, url, fault) => {
  expect(databaseUrlFault(url)).toMatch(fault);
  expect(databaseUrlFault(url)).not.toContain(':p@');
});
