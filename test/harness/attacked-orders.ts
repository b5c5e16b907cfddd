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
/** On a busy machine. The garbage collector runs within about 20 s when there is little to do. */
const RECOVERY_TIMEOUT_MS = 30_000;
/** For the hook that waits for the recovery after each attack. */
export const RECOVERY_HOOK_TIMEOUT_MS = 90_000;

/** An Orders process with the heap of a container, and the connections of its attackers. */
export class AttackedOrders {
  private connections: RawConnection[] = [];
  private restMb = 0;
  private loggedBefore = 0;

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
    this.loggedBefore = this.cluster.orders.logs.length;
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
   * Expects that the process has survived the attack and logged a few lines at most, and that it keeps at
   * most 64 MB and a call takes less than 100 ms while the connections of the attack are still open. What
   * the attack has left as garbage counts only until the garbage collector has run.
   */
  async expectHealthy(): Promise<void> {
    const { orders, client } = this.cluster;
    await this.untilQuiet();
    expect(orders.isRunning).toBe(true);
    await eventually(
      'a call takes less than 100 ms',
      async () => {
        const { status, tookMs } = await client.place(ORDER);
        return status === 201 && tookMs < MAX_CALL_MS;
      },
      RECOVERY_TIMEOUT_MS,
    );
    expect(await client.get('/health/ready')).toMatchObject({ status: 200 });
    await eventually(
      `it takes at most ${MAX_GROWTH_MB} MB more`,
      async () => {
        await client.place(ORDER);
        return (await memoryMbOf(orders.pid)) - this.restMb <= MAX_GROWTH_MB;
      },
      RECOVERY_TIMEOUT_MS,
    );
    for (const connection of this.connections) connection.close();
    this.connections = [];
    const lines = orders.logs.slice(this.loggedBefore).split('\n');
    expect(lines.length < MAX_LOG_LINES ? [] : lines).toEqual([]);
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
      RECOVERY_TIMEOUT_MS,
      POLL_INTERVAL_MS,
    );
  }
}
