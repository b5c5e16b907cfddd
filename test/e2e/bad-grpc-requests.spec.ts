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

/** Calls a method with bytes that no client library sends. */
const sendBytes = (bytes: Buffer, method = 'ReserveStock'): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const client = new Client(cluster.inventory.address, credentials.createInsecure());
    const path = `/inventory.v1.InventoryService/${method}`;
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

  const sized = (bytes: number): Buffer =>
    Buffer.from(Writer.create().uint32(10).bytes(Buffer.alloc(bytes, 97)).finish());

  it.each<[string, Buffer, RegExp]>([
    ['that is not protobuf', Buffer.from('not protobuf'), /^request is malformed at byte 0; send/],
    ['larger than its method takes', sized(40_000), /^request must be at most 32768 bytes$/],
    ['larger than any method takes', sized(5_000_000), /^request must be at most 32768 bytes$/],
    ['with text that is not UTF-8', Buffer.of(10, 1, 0xff), /^sku must be valid UTF-8$/],
    ['with a fault in no known field', Buffer.of(0x7b), /^request is malformed at byte 0; send/],
  ])(
    'a request %s, with the reason and the field, and keeps working',
    async (_what, raw, message) => {
      const error = (await sendBytes(raw).catch((failure: unknown) => failure)) as ServiceError;
      expect(error).toMatchObject({
        code: GrpcStatus.INVALID_ARGUMENT,
        details: expect.stringMatching(message) as string,
      });
      expect(reasonFromTrailer(error.metadata)).toBe('INVALID_REQUEST');
      await expect(cluster.inventoryClient.getStock({ skus: ['burger'] })).resolves.toMatchObject({
        levels: [{ available: 5 }],
      });
    },
  );

  it.each<[string, Partial<Record<'reason' | 'actor', Buffer>>]>([
    ['reason', { reason: Buffer.from('caf\xe9', 'latin1') }],
    ['actor', { actor: Buffer.of(0x41, 0xed, 0xa0, 0x80) }],
  ])(
    'an adjustment whose %s is not UTF-8, which does not enter the ledger',
    async (field, text) => {
      const { reason = Buffer.from('count'), actor = Buffer.from('ann') } = text;
      const bytes = Writer.create()
        .uint32(10)
        .string('not-utf8')
        .uint32(18)
        .string('burger')
        .uint32(24)
        .int64(1)
        .uint32(42)
        .bytes(reason)
        .uint32(50)
        .bytes(actor)
        .finish();
      await expect(sendBytes(Buffer.from(bytes), 'AdjustStock')).rejects.toMatchObject({
        code: GrpcStatus.INVALID_ARGUMENT,
        details: `${field} must be valid UTF-8`,
      });
    },
  );
});
