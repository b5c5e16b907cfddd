import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { times } from '../test/harness/wait';
import { findFreePort } from './ports';
import { choosePostgresPort, portOfFolder } from './postgres-port';

const inherited = process.env;

beforeEach(() => {
  process.env = { ...inherited, QUICKBITE_POSTGRES_PORT: '' };
});

afterEach(() => {
  process.env = inherited;
});

const choose = async (folder?: string): Promise<{ port: number; lines: string[] }> => {
  const lines: string[] = [];
  return { port: await choosePostgresPort((line) => lines.push(line), folder), lines };
};

it('each folder has a port of its own that never changes', () => {
  expect(portOfFolder('/home/ann/quickbite')).toBe(21_915);
  const ports = times(100, (index) => portOfFolder(`/home/ann/checkout-${index}`));
  expect(new Set(ports).size).toBeGreaterThan(95);
  expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000);
  expect(Math.max(...ports)).toBeLessThan(30_000);
});

it('is the port of the folder at every start', async () => {
  const folder = `/tmp/${Math.random()}`;
  expect(await choose(folder)).toEqual({ port: portOfFolder(folder), lines: [] });
  expect(await choose(folder)).toEqual({ port: portOfFolder(folder), lines: [] });
});

it('is the port that is set', async () => {
  const port = await findFreePort();
  process.env.QUICKBITE_POSTGRES_PORT = String(port);
  expect(await choose()).toEqual({ port, lines: [] });
});

it('is rejected if it cannot be a port', async () => {
  process.env.QUICKBITE_POSTGRES_PORT = 'any';
  await expect(choose()).rejects.toThrow('QUICKBITE_POSTGRES_PORT must be a port from 1 to 65535');
});

it('is the next free port if that is taken, which is stated', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const taken = (server.address() as AddressInfo).port;
  process.env.QUICKBITE_POSTGRES_PORT = String(taken);
  const { port, lines } = await choose();
  server.close();
  expect(port).toBeGreaterThan(taken);
  expect(lines).toEqual([`Port ${taken} is taken, so Postgres uses ${port}.`]);
});

it('is not the port of a service that starts later', async () => {
  const port = await findFreePort();
  process.env.QUICKBITE_POSTGRES_PORT = String(port);
  process.env.ORDERS_HTTP_PORT = String(port);
  process.env.INVENTORY_GRPC_PORT = String(port + 1);
  expect([port, port + 1]).not.toContain((await choose()).port);
});
