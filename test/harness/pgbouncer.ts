import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../tools/ports';
import { eventually } from './wait';

export interface PgBouncerOptions {
  /** The server to which it leads. */
  readonly port: number;
  /** URLs with the logins that it accepts and passes on. */
  readonly urls: readonly string[];
  /** The port on which it listens. Default: a free one. */
  readonly listenPort?: number;
  /** Drops unknown start-up parameters in place of rejecting them. */
  readonly ignoresOptions?: boolean;
}

/** A PgBouncer in transaction mode, before all databases of a server. */
export class PgBouncer {
  private child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly directory: string,
  ) {}

  /** Starts the PgBouncer of the system. Fails if it is not installed. */
  static async start({ port: server, urls, listenPort, ignoresOptions }: PgBouncerOptions) {
    const port = listenPort ?? (await findFreePort());
    const directory = await mkdtemp(join(tmpdir(), 'quickbite-pgbouncer-'));
    const users = urls
      .map((url) => new URL(url))
      .map(({ username, password }) => `"${username}" "${password}"`)
      .join('\n');
    await writeFile(join(directory, 'users.txt'), `${users}\n`);
    await writeFile(
      join(directory, 'pgbouncer.ini'),
      `[databases]
* = host=127.0.0.1 port=${server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${directory}/users.txt
pool_mode = transaction
default_pool_size = 10
max_client_conn = 1000
server_login_retry = 1
${ignoresOptions ? 'ignore_startup_parameters = options,extra_float_digits' : ''}
`,
    );
    // PgBouncer does not run as root and must be able to read the folder.
    await chmod(directory, 0o755);
    const bouncer = new PgBouncer(port, directory);
    await bouncer.run();
    return bouncer;
  }

  static isInstalled(): boolean {
    return spawnSync('pgbouncer', ['--version'], { stdio: 'ignore' }).status === 0;
  }

  /** Kills it and starts it again on the same port. Resolves when it accepts connections. */
  async restart(): Promise<void> {
    await this.kill();
    await this.run();
  }

  /** Returns the URL of a database through this PgBouncer. */
  through(url: string): string {
    return Object.assign(new URL(url), { port: String(this.port) }).href;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  private async run(): Promise<void> {
    const isRoot = process.getuid?.() === 0;
    const account = isRoot ? ['-u', 'nobody'] : [];
    const child = spawn('pgbouncer', ['-q', ...account, join(this.directory, 'pgbouncer.ini')], {
      stdio: 'ignore',
    });
    this.child = child;
    const failed = new Promise<never>((_resolve, reject) => child.once('error', reject));
    await Promise.race([
      failed,
      eventually('PgBouncer accepts connections', () => accepts(this.port)),
    ]);
  }

  private async kill(): Promise<void> {
    const { child } = this;
    if (!child) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.kill('SIGKILL')) await ended;
  }
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => socket.end(() => resolve(true)));
    socket.once('error', () => resolve(false));
  });
