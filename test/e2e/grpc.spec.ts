import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  Client,
  credentials,
  loadPackageDefinition,
  type ServiceError,
  status as GrpcStatus,
} from '@grpc/grpc-js';
import { fromJSON, type MethodDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { service as healthService } from 'grpc-health-check';
import { parse } from 'protobufjs';
import { INVENTORY_PROTO, loadProto } from '@app/contracts';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { eventually } from '../harness/wait';

const ROOT = join(__dirname, '../..');
const SERVICE = 'inventory.v1.InventoryService';
const BUF_TIMEOUT_MS = 20_000;

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startCluster({ INVENTORY_SEED_STOCK: 'burger=5,pizza=10' });
});

afterAll(async () => {
  const broken = await cluster.inventoryDatabase.differences();
  await cluster.stop();
  expect(broken).toEqual([]);
});

/** Runs `buf curl` and returns its output. */
const bufCurl = async (...args: string[]): Promise<string> => {
  const bin = join(ROOT, 'node_modules/@bufbuild/buf/bin/buf');
  const run = [bin, 'curl', '--protocol', 'grpc', '--http2-prior-knowledge', ...args];
  const bounds = { cwd: ROOT, timeout: BUF_TIMEOUT_MS };
  const { stdout } = await promisify(execFile)(process.execPath, run, bounds);
  return stdout;
};

/** The RPCs of inventory.proto by name. */
const RPCS = Object.entries(loadProto(INVENTORY_PROTO)[SERVICE] as ServiceDefinition);

const urlOf = (method: string): string => `http://${cluster.inventory.address}/${method}`;

describe('buf curl', () => {
  it('reserves through the proto file', async () => {
    const url = urlOf(`${SERVICE}/ReserveStock`);
    const printed = await bufCurl('--schema', 'proto', '-d', '{"sku":"burger","quantity":1}', url);
    expect(JSON.parse(printed)).toMatchObject({ reserved: true });
  });

  it('reserves through reflection', async () => {
    const url = urlOf(`${SERVICE}/ReserveStock`);
    const printed = await bufCurl('-d', '{"sku":"burger","quantity":1}', url);
    expect(JSON.parse(printed)).toMatchObject({ reserved: true });
  });

  it('prints an error with its reason and the short lines', async () => {
    const url = urlOf(`${SERVICE}/ReserveStock`);
    const failure = await bufCurl('-d', '{"sku":"burger","quantity":9}', url).catch(
      (error: unknown) => (error as { stderr: string }).stderr,
    );
    const { code, message, details } = JSON.parse(failure) as {
      code: string;
      message: string;
      details: { type: string; value: string }[];
    };
    expect({ code, message }).toEqual({
      code: 'failed_precondition',
      message: 'insufficient stock',
    });
    const texts = details.map(({ type, value }) => [type, Buffer.from(value, 'base64').toString()]);
    expect(Object.fromEntries(texts)).toMatchObject({
      'google.rpc.ErrorInfo': expect.stringContaining('INSUFFICIENT_STOCK') as string,
      'google.rpc.PreconditionFailure': expect.stringContaining(
        '9 requested, 3 available',
      ) as string,
    });
  });

  it('rejects values that no integer field can carry', async () => {
    const url = urlOf(`${SERVICE}/ReserveStock`);
    for (const quantity of ['1.5', '"NaN"', '1e30']) {
      const body = `{"sku":"burger","quantity":${quantity}}`;
      await expect(bufCurl('-d', body, url)).rejects.toMatchObject({
        stderr: expect.stringContaining('quantity') as string,
      });
    }
  });

  it('lists every service and method by reflection', async () => {
    const services = (await bufCurl('--list-services', urlOf(''))).trim().split('\n');
    expect(services.sort()).toEqual([
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
      'grpc.reflection.v1alpha.ServerReflection',
      SERVICE,
    ]);
    const methods = await bufCurl('--list-methods', urlOf(''));
    for (const [name] of RPCS) expect(methods).toContain(`${SERVICE}/${name}`);
    expect(methods).toContain('grpc.health.v1.Health/Check');
  });

  it.each(['inventory.v1.InventoryService/ListStock', 'grpc.health.v1.Health/Check'])(
    'calls %s without a proto file, with every type resolved',
    async (method) => {
      expect(JSON.parse(await bufCurl('-d', '{}', urlOf(method)))).toEqual(expect.any(Object));
    },
  );
});

describe('every RPC of the contract', () => {
  let client: Client;

  beforeAll(() => {
    client = new Client(cluster.inventory.address, credentials.createInsecure());
  });

  afterAll(() => client.close());

  /** The status of a call with an empty request. */
  const statusOf = (rpc: MethodDefinition<object, object>): Promise<GrpcStatus> => {
    const call = client.makeServerStreamRequest(
      rpc.path,
      rpc.requestSerialize,
      rpc.responseDeserialize,
      {},
      { deadline: Date.now() + 1_000 },
    );
    call.on('error', () => undefined);
    call.resume();
    return new Promise((resolve) => call.on('status', ({ code }) => resolve(code)));
  };

  it('has a handler', async () => {
    const faults: string[] = [];
    for (const [name, rpc] of RPCS) {
      if ((await statusOf(rpc)) !== GrpcStatus.UNIMPLEMENTED) continue;
      faults.push(
        `${name} answers UNIMPLEMENTED: put @GrpcMethod(INVENTORY_SERVICE) on its method in a ` +
          '*.grpc.ts, and the class into `controllers` of a module of Inventory.',
      );
    }
    expect(faults).toEqual([]);
  });
});

describe("the tutorial's own client", () => {
  /** The messages of the tutorial, with int32 and without later fields. */
  const TUTORIAL = `
    syntax = "proto3";
    package inventory.v1;
    service InventoryService { rpc ReserveStock(ReserveStockRequest) returns (ReserveStockResponse); }
    message ReserveStockRequest { string sku = 1; int32 quantity = 2; }
    message ReserveStockResponse { bool reserved = 1; }`;

  type Reply = (error: ServiceError | null, reply: unknown) => void;
  interface Stub {
    ReserveStock(request: { sku: string; quantity: number }, reply: Reply): void;
    close(): void;
  }
  let stub: Stub;

  beforeAll(() => {
    const definition = fromJSON(parse(TUTORIAL).root.toJSON());
    const { inventory } = loadPackageDefinition(definition) as unknown as {
      inventory: { v1: { InventoryService: new (...args: unknown[]) => Stub } };
    };
    stub = new inventory.v1.InventoryService(
      cluster.inventory.address,
      credentials.createInsecure(),
    );
  });

  afterAll(() => stub.close());

  const reserve = (sku: string, quantity: number) =>
    new Promise((resolve) => {
      stub.ReserveStock({ sku, quantity }, (error, reply) =>
        resolve(error ? { code: error.code, details: error.details } : reply),
      );
    });

  it('gets the known answers, codes and messages', async () => {
    expect(await reserve('pizza', 2)).toEqual({ reserved: true });
    expect(await reserve('', 1)).toEqual({ code: 3, details: 'sku is required' });
    expect(await reserve('pizza', 0)).toEqual({ code: 3, details: 'quantity must be > 0' });
    expect(await reserve('pizza', -1)).toEqual({ code: 3, details: 'quantity must be > 0' });
    expect(await reserve('pizza', 9)).toEqual({ code: 9, details: 'insufficient stock' });
    expect(await reserve('salad', 1)).toEqual({ code: 9, details: 'insufficient stock' });
    const { levels } = await cluster.inventoryClient.getStock({ skus: ['pizza'] });
    expect(levels).toMatchObject([{ onHand: 8, reserved: 0, available: 8 }]);
  });

  it.each<[string, string, number]>([
    ['has a space', 'pan pizza', 1],
    ['has accents', 'crème brûlée', 2],
    ['is longer than 64 characters', 'p'.repeat(65), 1],
    ['takes all of a request', '🍕'.repeat(8_000), 1],
    ['contains a NUL', 'pizza\0', 1],
    ['contains SQL', "pizza'; drop table stock_level; --", 1],
    ['is ordered by the million', 'pizza', 1_000_001],
    ['is ordered in the largest quantity', 'pizza', 2_147_483_647],
  ])('is told that the stock is insufficient if the SKU %s', async (_what, sku, quantity) => {
    expect(await reserve(sku, quantity)).toEqual({ code: 9, details: 'insufficient stock' });
  });
});

describe('stock', () => {
  it('is returned in the order of the request and marks unknown SKUs', async () => {
    const { levels } = await cluster.inventoryClient.getStock({ skus: ['salad', 'pizza'] });
    expect(levels).toMatchObject([
      { sku: 'salad', known: false, available: 0 },
      { sku: 'pizza', known: true, onHand: 8 },
    ]);
  });

  it('is listed in pages in SKU order', async () => {
    const first = await cluster.inventoryClient.listStock({
      pageSize: 1,
      pageToken: '',
      prefix: '',
    });
    expect(first).toMatchObject({ levels: [{ sku: 'burger' }], nextPageToken: 'burger' });
    const second = await cluster.inventoryClient.listStock({
      pageSize: 1,
      pageToken: first.nextPageToken,
      prefix: '',
    });
    expect(second).toMatchObject({ levels: [{ sku: 'pizza' }], nextPageToken: '' });
  });
});

it('SIGTERM with a health watcher: the watcher gets NOT_SERVING and the process exits with 0', async () => {
  const inventory = await cluster.addInventory();
  await inventory.start();
  const client = new Client(inventory.address, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = healthService.Watch as MethodDefinition<
    object,
    object
  >;
  const watch = client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize as (bytes: Buffer) => { status: string },
    { service: '' },
  );
  const statuses: string[] = [];
  watch.on('data', ({ status }: { status: string }) => statuses.push(status));
  const ended = once(watch, 'end');
  await eventually('the watcher is attached', () => statuses.includes('SERVING'));
  expect(await inventory.stop('SIGTERM')).toBe(0);
  await ended;
  client.close();
  expect(statuses).toEqual(['SERVING', 'NOT_SERVING']);
});

describe('health', () => {
  const check = async (service: string): Promise<unknown> => {
    const body = JSON.stringify({ service });
    return JSON.parse(await bufCurl('-d', body, urlOf('grpc.health.v1.Health/Check')));
  };

  it.each(['', SERVICE])('of "%s" is SERVING', async (service) => {
    expect(await check(service)).toEqual({ status: 'SERVING' });
  });

  it('is NOT_SERVING while the database is unavailable, calls fail with UNAVAILABLE, and both recover', async () => {
    await cluster.inventoryDatabase.allowConnections(false);
    const has = (wanted: string) => async () => {
      const { status } = (await check(SERVICE)) as { status: string };
      return status === wanted;
    };
    try {
      await eventually('NOT_SERVING', has('NOT_SERVING'));
      await expect(cluster.inventoryClient.getStock({ skus: ['burger'] })).rejects.toMatchObject({
        code: 14,
      });
    } finally {
      await cluster.inventoryDatabase.allowConnections(true);
    }
    await eventually('SERVING', has('SERVING'));
    await expect(cluster.inventoryClient.getStock({ skus: ['burger'] })).resolves.toBeDefined();
  });
});
