import { Client, credentials, type ServiceError, status as GrpcStatus } from '@grpc/grpc-js';
import { reasonFromTrailer } from '@app/errors';
import { Writer } from 'protobufjs';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { BAD_CALLS } from './bad-calls';

let cluster: ServiceCluster;
let stockBefore: unknown;

const stock = () => cluster.inventoryDatabase.query('select * from stock_level order by sku');

beforeAll(async () => {
  cluster = await startCluster({ INVENTORY_SEED_STOCK: 'burger=5,pizza=10' });
  stockBefore = await stock();
});

afterEach(async () => {
  expect(await stock()).toEqual(stockBefore);
});

afterAll(() => cluster.stop());

/** Calls ReserveStock with bytes that no client library sends. */
const sendBytes = (bytes: Buffer): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const client = new Client(cluster.inventory.address, credentials.createInsecure());
    const path = '/inventory.v1.InventoryService/ReserveStock';
    const identity = (raw: Buffer): Buffer => raw;
    client.makeUnaryRequest(path, identity, identity, bytes, (error, reply) => {
      client.close();
      if (error) reject(error);
      else resolve(reply);
    });
  });

describe('gRPC rejects', () => {
  it.each(BAD_CALLS)('%s in %s', async (_what, method, message, request) => {
    const error = await cluster.inventoryClient.raw(method, request).then(
      () => undefined,
      (failure: unknown) => failure as ServiceError,
    );
    expect(error).toMatchObject({
      code: GrpcStatus.INVALID_ARGUMENT,
      details: expect.stringMatching(message) as string,
    });
    expect(error && reasonFromTrailer(error.metadata)).toBe('INVALID_REQUEST');
  });

  it('a request that is not protobuf or larger than 4 MB, and keeps working', async () => {
    const bytes = Writer.create().uint32(10).bytes(Buffer.alloc(5_000_000, 97)).finish();
    for (const raw of [Buffer.from('not protobuf'), Buffer.from(bytes)]) {
      await expect(sendBytes(raw)).rejects.toMatchObject({ code: expect.any(Number) as number });
    }
    await expect(cluster.inventoryClient.getStock({ skus: ['burger'] })).resolves.toMatchObject({
      levels: [{ available: 5 }],
    });
  });
});
