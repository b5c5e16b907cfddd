import { connect as connectTls } from 'node:tls';
import { Client as GrpcClient, credentials } from '@grpc/grpc-js';
import { findFreePort } from '../../tools/ports';
import type { TestDatabase } from './databases';
import { OrdersClient } from './orders-client';
import { type ProcessOptions, ServiceProcess } from './service-process';

const GRPC_CONNECT_TIMEOUT_MS = 500;

export type Env = Readonly<Record<string, string>>;
export type InventoryProcess = Awaited<ReturnType<typeof newInventory>>;
export type OrdersProcess = Awaited<ReturnType<typeof newOrders>>;

/** How a service reaches its database. It needs the owner only to migrate. */
export type DatabaseAccess = Pick<TestDatabase, 'url'> & Partial<Pick<TestDatabase, 'ownerUrl'>>;

/** Creates an Inventory process, not started yet. `env` may choose the host and the port. */
export const newInventory = async (
  { url, ownerUrl = '' }: DatabaseAccess,
  env: Env = {},
  options: ProcessOptions = {},
) => {
  const { INVENTORY_GRPC_HOST: host = '127.0.0.1', INVENTORY_GRPC_PORT } = env;
  const port = Number(INVENTORY_GRPC_PORT ?? (await findFreePort()));
  const address = `${host}:${port}`;
  const service = new ServiceProcess(
    'inventory',
    {
      INVENTORY_DATABASE_URL: url,
      INVENTORY_OWNER_DATABASE_URL: ownerUrl,
      INVENTORY_GRPC_PORT: String(port),
      ...env,
    },
    () => (env.INVENTORY_TLS_CERT_FILE ? answersTls(host, port) : answersGrpc(address)),
    options,
  );
  return Object.assign(service, { address, port });
};

/** Creates an Orders process, not started yet. */
export const newOrders = async (
  { url: databaseUrl, ownerUrl = '' }: DatabaseAccess,
  inventoryAddresses: string,
  env: Env = {},
  options: ProcessOptions = {},
) => {
  const port = await findFreePort();
  const address = `127.0.0.1:${port}`;
  const url = `http://${address}`;
  const service = new ServiceProcess(
    'orders',
    {
      ORDERS_DATABASE_URL: databaseUrl,
      ORDERS_OWNER_DATABASE_URL: ownerUrl,
      ORDERS_HTTP_PORT: String(port),
      ORDERS_INVENTORY_ADDRESS: inventoryAddresses,
      ...env,
    },
    () => answersHttp(`${url}/health/ready`),
    options,
  );
  return Object.assign(service, { address, url, client: new OrdersClient(url) });
};

/** Returns whether a gRPC server accepts connections at `host:port`. */
export const answersGrpc = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const client = new GrpcClient(address, credentials.createInsecure());
    client.waitForReady(new Date(Date.now() + GRPC_CONNECT_TIMEOUT_MS), (error) => {
      client.close();
      resolve(!error);
    });
  });

/** Returns whether a server begins a TLS connection. It may still reject the client for its certificate. */
const answersTls = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const options = { host, port, rejectUnauthorized: false, ALPNProtocols: ['h2'] };
    const socket = connectTls(options, () => end(true));
    const end = (answers: boolean): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.on('error', () => end(false));
  });

const answersHttp = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
