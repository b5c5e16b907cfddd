import { z } from 'zod';
import { ConfigError, loadConfig } from './config';
import { ignoreLibraryVariables } from './library-variables';
import {
  flag,
  hostAndPorts,
  port,
  postgresUrl,
  redisUrl,
  sharedSettings,
  wholeNumber,
} from './settings';

const schema = z.object({
  APP_PORT: port().default(8080),
  APP_DATABASE_URL: postgresUrl(),
  APP_POOL: wholeNumber(2, 10, 'connections').default(5),
  APP_FLAG: flag('true'),
  APP_SERVER: hostAndPorts().default('127.0.0.1:1'),
  APP_REDIS_URL: redisUrl().optional(),
  ...sharedSettings,
});

const good = { APP_DATABASE_URL: 'postgres://u:secret@127.0.0.1:5432/orders' };

const faultsOf = (env: NodeJS.ProcessEnv): readonly string[] => {
  try {
    loadConfig(schema, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
};

it('reads the variables that are set and applies defaults to the others', () => {
  expect(loadConfig(schema, { ...good, APP_POOL: '7', APP_FLAG: 'false' })).toMatchObject({
    APP_PORT: 8080,
    APP_POOL: 7,
    APP_FLAG: false,
    LOG_LEVEL: 'info',
  });
});

it('treats an empty variable as not set', () => {
  expect(loadConfig(schema, { ...good, APP_PORT: '' })).toMatchObject({ APP_PORT: 8080 });
});

it('reports all faults at once, each with the variable, its value and the valid values', () => {
  const faults = faultsOf({
    APP_PORT: 'eighty',
    APP_POOL: '1.5',
    APP_FLAG: 'yes',
    LOG_LEVEL: 'loud',
  });
  expect(faults).toEqual([
    'APP_PORT must be a port from 1 to 65535, but it is "eighty".',
    'APP_DATABASE_URL must be a URL such as postgres://user:password@127.0.0.1:5432/database, but it is not set. In a checkout, `npm run db` provides it.',
    'APP_POOL must be a whole number of connections from 2 to 10, but it is "1.5".',
    'APP_FLAG must be true or false, but it is "yes".',
    'LOG_LEVEL must be fatal, error, warn, info, debug, trace or silent, but it is "loud".',
  ]);
});

it.each(['mysql://h/db', 'postgres://h', 'localhost:5432'])(
  'rejects %s as a database URL',
  (url) => {
    expect(faultsOf({ APP_DATABASE_URL: url })).toHaveLength(1);
  },
);

it('names the fault and the remedy of an address that cannot work', () => {
  expect(faultsOf({ ...good, APP_SERVER: 'http://inventory:9090' })).toEqual([
    'APP_SERVER must have neither a scheme nor a path; write host:port, such as inventory:9090, ' +
      '10.0.0.1:9090 or [::1]:9090, but it is "http://inventory:9090".',
  ]);
});

it('shows the beginning of a long value', () => {
  const [fault] = faultsOf({ ...good, APP_FLAG: 'x'.repeat(100_000) });
  expect(fault).toBe(`APP_FLAG must be true or false, but it is "${'x'.repeat(200)}…".`);
});

it('ignores what variables of libraries say about connections, but not a password', () => {
  const env = { PGHOST: 'elsewhere', PGSSLMODE: 'disable', PGPASSWORD: 'secret', PATH: '/bin' };
  ignoreLibraryVariables(env);
  expect(env).toEqual({ PGPASSWORD: 'secret', PATH: '/bin' });
});

it.each(['secret', 'secret/x', 'x@secret', '#secret'])(
  'does not reveal the password %s',
  (password) => {
    const [fault] = faultsOf({ APP_DATABASE_URL: `postgres://u:${password}@h` });
    expect(fault).toContain('//u:***@h');
    expect(fault).not.toContain('secret');
  },
);

it.each(['canary', 'redis://:canary@h/x', 'http://canary@h', 'redis://h?password=canary'])(
  'does not show the password of a Redis URL: %s',
  (url) => {
    const [fault = ''] = faultsOf({ ...good, APP_REDIS_URL: url });
    expect(fault).toMatch(/^APP_REDIS_URL must be a URL such as redis:/);
    expect(fault).not.toContain('canary');
  },
);

it.each(['canary', 'postgres//u:canary@h/db', 'postgres://h/db?passwd=canary', 'u:pw@h'])(
  'does not show a database URL in which it finds no password: %s',
  (url) => {
    const [fault = ''] = faultsOf({ APP_DATABASE_URL: url });
    expect(fault).toMatch(/^APP_DATABASE_URL must /);
    expect(fault).not.toMatch(/canary|pw/);
  },
);
