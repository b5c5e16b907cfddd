import { type ServiceError, status as GrpcStatus } from '@grpc/grpc-js';
import { errorInfoFromTrailer } from '@app/errors';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startCluster({ INVENTORY_SEED_STOCK: 'pizza=10' });
});

afterAll(() => cluster.stop());

describe('ReserveStock of a line that no reservation can have', () => {
  const errorOf = async (request: object): Promise<ServiceError> =>
    (await cluster.inventoryClient
      .raw('reserveStock', request)
      .catch((error: unknown) => error)) as ServiceError;

  it.each<[string, object, Record<string, unknown> | undefined]>([
    [
      'an odd SKU',
      { sku: `${'é'.repeat(64)}f`, quantity: 3 },
      { sku: `${'é'.repeat(64)}…`, requested: 3, available: 0, reason: 'UNKNOWN_SKU' },
    ],
    ['a quantity beyond int32', { sku: 'pizza', quantity: 2 ** 32 + 1 }, undefined],
  ])('%s has the reason and the cause', async (_what, request, shortage) => {
    const { code, metadata } = await errorOf(request);
    expect(code).toBe(GrpcStatus.FAILED_PRECONDITION);
    const info = errorInfoFromTrailer(metadata);
    expect(info?.reason).toBe('INSUFFICIENT_STOCK');
    expect(info?.metadata).toEqual(shortage ? { shortages: JSON.stringify([shortage]) } : {});
    const [details] = metadata.get('grpc-status-details-bin');
    expect(String(details)).toContain(
      shortage
        ? 'is not a known SKU'
        : '4294967297 requested, and one call can take at most 1000000',
    );
  });

  it('is not recorded under its id', async () => {
    const reservationId = 'impossible-1';
    await errorOf({ sku: 'a b', quantity: 1, reservationId });
    await expect(cluster.inventoryClient.getReservation({ reservationId })).rejects.toMatchObject({
      code: GrpcStatus.NOT_FOUND,
    });
  });
});
