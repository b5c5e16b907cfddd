import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { findFreePort } from '../../tools/ports';
import { eventually } from './wait';

/** A Redis of the system that keeps nothing on disk. */
export class RedisServer {
  private child: ChildProcess | undefined;
  private password = '';

  private constructor(
    readonly port: number,
    private readonly directory: string,
    private readonly initialPassword: string,
    private readonly settings: readonly string[],
  ) {}

  /** Starts one. Fails if it is not installed. `settings`: arguments of redis-server. */
  static async start(password: string, settings: readonly string[] = []): Promise<RedisServer> {
    const directory = await mkdtemp(join(tmpdir(), 'quickbite-redis-'));
    const server = new RedisServer(await findFreePort(), directory, password, settings);
    await server.run();
    return server;
  }

  static isInstalled(): boolean {
    return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
  }

  /** Starts it, at the same port as before and without its data. */
  async run(password = this.initialPassword): Promise<void> {
    const { port, directory } = this;
    this.password = password;
    const child = spawn(
      'redis-server',
      [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory],
        ...['--requirepass', password, '--save', '', '--appendonly', 'no', ...this.settings],
      ],
      { stdio: 'ignore' },
    );
    this.child = child;
    const failed = new Promise<never>((_resolve, reject) => child.once('error', reject));
    await Promise.race([
      failed,
      eventually('Redis responds', () =>
        this.command('PING').then(
          () => true,
          () => false,
        ),
      ),
    ]);
  }

  /** Returns the reply to a command. */
  async command(...args: string[]): Promise<unknown> {
    const { port, password } = this;
    const client = createClient({
      url: `redis://:${password}@127.0.0.1:${port}`,
      socket: { reconnectStrategy: false },
      RESP: 2,
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await client.sendCommand(args);
    } finally {
      client.destroy();
    }
  }

  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    const { child } = this;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.kill('SIGKILL')) await ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }
}
