import { status as GrpcStatus } from '@grpc/grpc-js';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { givenStock } from '../harness/stock';
import { times } from '../harness/wait';

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startCluster();
  await givenStock(cluster.inventoryDatabase, 'read', 1_000);
});

afterAll(() => cluster.stop());

/** More than run and wait at the same time. */
const MANY = 300;
/** Inventory admits 64 pages of one connection. */
const MANY_PAGES = 60;

/** Holds up every read of a table, and everything else that needs it. */
const whileLocked = async <Result>(
  { connect }: { connect: () => Promise<{ query(sql: string): Promise<unknown> }> },
  table: string,
  work: () => Promise<Result>,
): Promise<Result> => {
  const rival = await connect();
  await rival.query('begin');
  await rival.query(`lock table ${table} in access exclusive mode`);
  try {
    return await work();
  } finally {
    await rival.query('rollback');
  }
};

describe('reads that take too long', () => {
  it('are answered by Orders with 503 OVERLOADED and Retry-After, and health checks with 200', async () => {
    const { client, ordersDatabase } = cluster;
    const { answers, ready } = await whileLocked(ordersDatabase, 'order_event', async () => {
      const reads = times(MANY, () =>
        client.get('/v1/orders/01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55/timeline'),
      );
      return { ready: await client.get('/health/ready'), answers: await Promise.all(reads) };
    });
    for (const { status, body, headers, tookMs } of answers) {
      expect([status, body.reason, headers.get('retry-after')]).toEqual([503, 'OVERLOADED', '1']);
      expect(tookMs).toBeLessThan(5_000);
    }
    expect(ready.status).toBe(200);
    const after = await client.get('/v1/orders?limit=1');
    expect(after.status).toBe(200);
  });

  it('are rejected by Inventory with RESOURCE_EXHAUSTED and RetryInfo, after a second', async () => {
    const { inventoryClient, inventoryDatabase } = cluster;
    const request = { sku: 'read', reservationId: '', afterSeq: 0, pageSize: 1 };
    const errors = await whileLocked(inventoryDatabase, 'stock_movement', () =>
      Promise.all(
        times(MANY_PAGES, async () => {
          const startMs = performance.now();
          const error: unknown = await inventoryClient
            .listStockMovements(request)
            .catch((each: unknown) => each);
          return Object.assign(error as Error & { code: number; metadata: Trailer }, {
            tookMs: performance.now() - startMs,
          });
        }),
      ),
    );
    for (const { code, metadata, tookMs } of errors) {
      expect(code).toBe(GrpcStatus.RESOURCE_EXHAUSTED);
      const [details] = metadata.get('grpc-status-details-bin');
      expect(String(details)).toMatch(/OVERLOADED[^]*google\.rpc\.RetryInfo/);
      expect(tookMs).toBeGreaterThan(900);
    }
    expect((await inventoryClient.listStockMovements(request)).movements).toHaveLength(1);
  });
});

interface Trailer {
  get(key: string): unknown[];
}
