import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { ConfigError } from '@app/config';
import { checkLaunch } from './launch-check';
import { findFreePort } from './ports';

const VARIABLES = /^(INVENTORY|ORDERS|QUICKBITE|LOG|SHUTDOWN)_/;

const inherited = process.env;

beforeEach(() => {
  process.env = Object.fromEntries(
    Object.entries(inherited).filter(([name]) => !VARIABLES.test(name)),
  );
});

afterEach(() => {
  process.env = inherited;
});

/** What `npm start` reports with these settings and otherwise free ports. */
const faultsWith = async (env: Record<string, string>): Promise<readonly string[]> => {
  process.env.INVENTORY_GRPC_PORT = String(await findFreePort());
  process.env.ORDERS_HTTP_PORT = String(await findFreePort());
  Object.assign(process.env, env);
  try {
    await checkLaunch();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
};

const listening = async (): Promise<{ server: Server; port: number }> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
};

it('finds no fault where nothing is set', async () => {
  expect(await faultsWith({})).toEqual([]);
});

it('names the faults of both services, of the launcher and of the ports at once, with their remedies', async () => {
  const { server, port } = await listening();
  const faults = await faultsWith({
    INVENTORY_SEED_STOCK: 'burger',
    INVENTORY_GRPC_HOST: '192.0.2.1',
    ORDERS_ACCEPT_BY_SECONDS: '0',
    ORDERS_HTTP_PORT: String(port),
    LOG_LEVEL: 'loud',
    QUICKBITE_POSTGRES_PORT: 'any',
  });
  server.close();
  expect(faults).toEqual([
    'INVENTORY_SEED_STOCK must be SKU=units pairs such as burger=5,pizza=10; pair 1 has another form, but it is "burger".',
    'LOG_LEVEL must be fatal, error, warn, info, debug, trace or silent, but it is "loud".',
    'ORDERS_ACCEPT_BY_SECONDS must be at least 1 seconds, but it is "0".',
    'QUICKBITE_POSTGRES_PORT must be a port from 1 to 65535, but it is "any".',
    expect.stringMatching(
      /^Cannot listen on 192\.0\.2\.1 port \d+: .* Change INVENTORY_GRPC_HOST or INVENTORY_GRPC_PORT\.$/,
    ),
    expect.stringMatching(
      new RegExp(`^Port ${port} \\(Orders, REST\\) is taken.* ORDERS_HTTP_PORT=\\d+ npm start$`),
    ),
  ]);
});

it('finds an Orders that would be open beyond loopback', async () => {
  expect(await faultsWith({ ORDERS_HTTP_HOST: '0.0.0.0' })).toEqual([
    expect.stringMatching(
      /^ORDERS_AUTHENTICATION must be set, because Orders listens on 0\.0\.0\.0/,
    ),
  ]);
  expect(await faultsWith({ ORDERS_AUTHENTICATION: 'required' })).toEqual([]);
});

it('finds two services that would share a port', async () => {
  const port = String(await findFreePort());
  expect(await faultsWith({ INVENTORY_GRPC_PORT: port, ORDERS_HTTP_PORT: port })).toEqual([
    `ORDERS_HTTP_PORT must differ from INVENTORY_GRPC_PORT, but both are ${port}.`,
  ]);
});

it('finds the owner of an external database whose service has none', async () => {
  const owner = { ORDERS_OWNER_DATABASE_URL: 'postgres://owner@db/orders' };
  expect(await faultsWith(owner)).toEqual([
    'ORDERS_DATABASE_URL must be set too, because ORDERS_OWNER_DATABASE_URL is set.',
  ]);
  expect(await faultsWith({ ...owner, ORDERS_DATABASE_URL: 'postgres://me@db/orders' })).toEqual(
    [],
  );
});
