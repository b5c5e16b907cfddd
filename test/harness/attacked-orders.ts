import { memoryMbOf } from './process-memory';
import { RawConnection } from './raw-connection';
import { ServiceCluster } from './service-cluster';
import { givenStock } from './stock';
import { eventually, times } from './wait';

/** The usual heap of a container. */
const HEAP_MB = 384;
const MAX_GROWTH_MB = 64;
const MAX_CALL_MS = 100;
const MAX_LOG_LINES = 20;
const ORDER = { userId: 'u-1', sku: 'attacked', quantity: 1 };
const WARM_UP_ROUNDS = 10;
const POLL_INTERVAL_MS = 100;

/** An Orders process with the heap of a container, and the connections of its attackers. */
export class AttackedOrders {
  private connections: RawConnection[] = [];
  private restMb = 0;
  private linesBefore = 0;

  private constructor(readonly cluster: ServiceCluster) {}

  static async start(): Promise<AttackedOrders> {
    const cluster = await ServiceCluster.start({
      process: { nodeArguments: [`--max-old-space-size=${HEAP_MB}`] },
    });
    await givenStock(cluster.inventoryDatabase, ORDER.sku, 100_000);
    // So that the young generation has its final size.
    for (let round = 1; round <= WARM_UP_ROUNDS; round += 1) {
      await Promise.all(times(100, () => cluster.client.place(ORDER)));
    }
    await cluster.awaitQuiescence();
    return new AttackedOrders(cluster);
  }

  /** Remembers the memory and the log before an attack. */
  async begin(): Promise<void> {
    this.restMb = await memoryMbOf(this.cluster.orders.pid);
    this.linesBefore = this.countLines();
  }

  /** Opens connections that stay open until the end of the attack. */
  async open(count: number): Promise<RawConnection[]> {
    const { address } = this.cluster.orders;
    const opened = await Promise.all(times(count, () => RawConnection.open(address)));
    this.connections.push(...opened);
    return opened;
  }

  /** Opens connections and sends these bytes on each of them. */
  async send(count: number, bytes: string | Buffer): Promise<RawConnection[]> {
    const opened = await this.open(count);
    for (const connection of opened) connection.send(bytes);
    return opened;
  }

  /** Opens connections that send these bytes and read nothing. */
  async sendWithoutReading(count: number, bytes: string): Promise<void> {
    const opened = await this.open(count);
    for (const { socket } of opened) socket.pause().write(bytes);
  }

  /**
   * Expects that the process has survived the attack, grown by at most 64 MB, logged a few lines at most,
   * and that a call takes less than 100 ms while the connections of the attack are still open.
   */
  async expectHealthy(): Promise<void> {
    const { orders, client } = this.cluster;
    await this.untilQuiet();
    expect(orders.isRunning).toBe(true);
    const growthMb = (await memoryMbOf(orders.pid)) - this.restMb;
    await eventually('a call takes less than 100 ms', async () => {
      const { status, tookMs } = await client.place(ORDER);
      return status === 201 && tookMs < MAX_CALL_MS;
    });
    expect(await client.get('/health/ready')).toMatchObject({ status: 200 });
    for (const connection of this.connections) connection.close();
    this.connections = [];
    expect(growthMb).toBeLessThanOrEqual(MAX_GROWTH_MB);
    expect(this.countLines() - this.linesBefore).toBeLessThan(MAX_LOG_LINES);
  }

  /** Waits until the server has read all that it is willing to read. */
  private async untilQuiet(): Promise<void> {
    let before = '';
    await eventually(
      'the connections are quiet',
      async () => {
        await this.cluster.client.get('/health/live');
        const now = this.connections
          .map(({ socket, received, isEnded }) => [
            ...[socket.writableLength, received.length, isEnded],
          ])
          .join();
        const isQuiet = now === before;
        before = now;
        return isQuiet;
      },
      undefined,
      POLL_INTERVAL_MS,
    );
  }

  private countLines(): number {
    return this.cluster.orders.logs.split('\n').length;
  }
}
