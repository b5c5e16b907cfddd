import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from './wait';

/**
 * Behaviors of a network. `freeze`: connections are accepted and no data passes. `reset`: open and new
 * connections are reset. `cut`: open connections are closed and new ones refused.
 */
export type ProxyMode = 'pass' | 'delay' | 'freeze' | 'reset' | 'cut';

/** Another program may use the port while the proxy is cut. */
const LISTEN_TIMEOUT_MS = 10_000;

/** Forwards to a port of this machine and simulates a bad network. */
export class TcpProxy {
  /** Connections that clients have made. */
  connectionCount = 0;
  private mode: ProxyMode = 'pass';
  private delayMs = 0;
  private readonly sockets = new Set<Socket>();
  private readonly waiting = new Set<() => void>();

  private constructor(
    readonly port: number,
    private readonly targetPort: number,
    private readonly server: Server,
  ) {
    server.on('connection', (client) => {
      this.connectionCount += 1;
      void this.forward(client);
    });
  }

  static async before(targetPort: number, port: number): Promise<TcpProxy> {
    // Half-open, so that the rest of one direction arrives after the other has ended.
    const proxy = new TcpProxy(port, targetPort, createServer({ allowHalfOpen: true }));
    await proxy.listen();
    return proxy;
  }

  async become(mode: ProxyMode, delayMs = 0): Promise<void> {
    [this.mode, this.delayMs] = [mode, delayMs];
    for (const resume of this.waiting) resume();
    this.waiting.clear();
    if (mode === 'cut') this.stopListening();
    else if (!this.server.listening) await this.listen();
    if (mode === 'reset') for (const socket of this.sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    await this.become('cut');
  }

  private stopListening(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private async listen(): Promise<void> {
    await eventually(
      `port ${this.port} is free`,
      async () => {
        this.server.listen(this.port, '127.0.0.1');
        return once(this.server, 'listening').then(
          () => true,
          () => false,
        );
      },
      LISTEN_TIMEOUT_MS,
    );
  }

  private async forward(client: Socket): Promise<void> {
    this.track(client);
    if (this.mode === 'reset') {
      client.resetAndDestroy();
      return;
    }
    await this.untilPassable();
    if (client.destroyed) return;
    const target = connect({ port: this.targetPort, host: '127.0.0.1', allowHalfOpen: true });
    this.track(target);
    await Promise.all([this.pipe(client, target), this.pipe(target, client)]);
    client.destroy();
    target.destroy();
  }

  private track(socket: Socket): void {
    socket.setNoDelay(true);
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('error', () => undefined);
  }

  /** Reads only as fast as it can write, so that a frozen connection fills its buffers like a real one. */
  private async pipe(from: Socket, to: Socket): Promise<void> {
    try {
      for await (const chunk of from.iterator({ destroyOnReturn: false })) {
        await this.untilPassable();
        await new Promise<void>((resolve, reject) => {
          to.write(chunk as Buffer, (error) => (error ? reject(error) : resolve()));
        });
      }
      await this.untilPassable();
      to.end();
    } catch {
      from.destroy();
      to.destroy();
    }
  }

  private async untilPassable(): Promise<void> {
    if (this.mode === 'delay') await sleep(this.delayMs);
    while (this.mode === 'freeze') {
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }
}
