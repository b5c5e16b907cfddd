import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from './wait';

/**
 * What a network can do. `freeze`: connections are accepted and nothing passes, either way. `reset`:
 * present and new ones are reset. `cut`: present ones are closed and new ones refused.
 */
export type ProxyMode = 'pass' | 'delay' | 'freeze' | 'reset' | 'cut';

/** Another program may have taken the port while it was cut. */
const LISTEN_WITHIN_MS = 10_000;

/** Stands before a port of this machine, and is as bad a network as it is told to be. */
export class TcpProxy {
  private mode: ProxyMode = 'pass';
  private delayMs = 0;
  private readonly sockets = new Set<Socket>();
  private readonly waiting = new Set<() => void>();

  private constructor(
    readonly port: number,
    private readonly targetPort: number,
    private readonly server: Server,
  ) {
    server.on('connection', (client) => void this.carry(client));
  }

  static async before(targetPort: number, port: number): Promise<TcpProxy> {
    // Half-open, so that what one side has still to say arrives after the other has ended.
    const proxy = new TcpProxy(port, targetPort, createServer({ allowHalfOpen: true }));
    await proxy.listen();
    return proxy;
  }

  async become(mode: ProxyMode, delayMs = 0): Promise<void> {
    [this.mode, this.delayMs] = [mode, delayMs];
    for (const goOn of this.waiting) goOn();
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
      LISTEN_WITHIN_MS,
    );
  }

  private async carry(client: Socket): Promise<void> {
    this.keep(client);
    if (this.mode === 'reset') {
      client.resetAndDestroy();
      return;
    }
    await this.untilMayPass();
    if (client.destroyed) return;
    const target = connect({ port: this.targetPort, host: '127.0.0.1', allowHalfOpen: true });
    this.keep(target);
    await Promise.all([this.pass(client, target), this.pass(target, client)]);
    client.destroy();
    target.destroy();
  }

  private keep(socket: Socket): void {
    socket.setNoDelay(true);
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('error', () => undefined);
  }

  /** Reads no further than it may write, so that a frozen connection fills up as a real one does. */
  private async pass(from: Socket, to: Socket): Promise<void> {
    try {
      for await (const chunk of from.iterator({ destroyOnReturn: false })) {
        await this.untilMayPass();
        await new Promise<void>((resolve, reject) => {
          to.write(chunk as Buffer, (error) => (error ? reject(error) : resolve()));
        });
      }
      await this.untilMayPass();
      to.end();
    } catch {
      from.destroy();
      to.destroy();
    }
  }

  private async untilMayPass(): Promise<void> {
    if (this.mode === 'delay') await sleep(this.delayMs);
    while (this.mode === 'freeze') {
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }
}
