import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { eventually } from './wait';

const ROOT = join(__dirname, '../..');
const START_TIMEOUT_MS = 20_000;

export interface ProcessOptions {
  /** Arguments of Node itself, before the app's file. */
  readonly nodeArguments?: readonly string[];
  /** Keeps only the last characters of the logs. Keeps all of them by default. */
  readonly maxLogLength?: number;
  /** Path of the built file from the root of the checkout. The app's own by default. */
  readonly main?: string;
}

/** One of the built apps, or of the baselines of the bench, as a process of its own. */
export class ServiceProcess {
  private child: ChildProcess | undefined;
  private output = '';

  constructor(
    private readonly app: string,
    private env: Record<string, string>,
    private readonly isReady: () => Promise<boolean>,
    private readonly options: ProcessOptions = {},
  ) {}

  /** Everything that it has logged, up to `maxLogLength` characters. */
  get logs(): string {
    return this.output;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get isRunning(): boolean {
    return this.child !== undefined && !hasEnded(this.child);
  }

  /** Starts it and waits until it is ready. `env` overrides what it was started with before. */
  async start(env: Record<string, string> = {}): Promise<this> {
    this.env = { ...this.env, ...env };
    const { nodeArguments = [], maxLogLength = Infinity } = this.options;
    const { main = join('dist/apps', this.app, 'main.js') } = this.options;
    const child = spawn(process.execPath, [...nodeArguments, join(ROOT, main)], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, LOG_LEVEL: 'info', ...this.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // In a process group of its own: Ctrl+C reaches only the parent, which then stops it in order.
      detached: true,
    });
    const append = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString()).slice(-maxLogLength);
    };
    child.stdout?.on('data', append);
    child.stderr?.on('data', append);
    detach(child);
    this.child = child;
    await eventually(
      `${this.app} is ready`,
      () => {
        if (hasEnded(child)) throw new Error(`${this.app} ended:\n${this.output}`);
        return this.isReady();
      },
      START_TIMEOUT_MS,
    );
    return this;
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Sends a message over the IPC channel. It is lost where the process has ended. */
  send(message: object): void {
    if (this.child?.connected) this.child.send(message, () => undefined);
  }

  /** Calls `listen` with each message of the IPC channel until the process ends. */
  onMessage(listen: (message: unknown) => void): void {
    this.child?.on('message', listen);
  }

  /** Resolves when the process has ended for any reason. */
  async ended(): Promise<void> {
    if (this.child && !hasEnded(this.child)) await once(this.child, 'exit');
  }

  /** Stops it and waits for its end. Returns the exit code, or null where a signal killed it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.child;
    if (!child || hasEnded(child)) return child?.exitCode ?? null;
    // Keeps this process alive until the child has ended.
    child.ref();
    const gone = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill(signal);
    await gone;
    return child.exitCode;
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

/**
 * The child does not keep a failed test alive. When the test's process ends, the IPC channel closes and
 * the service stops by itself.
 */
const detach = (child: ChildProcess): void => {
  child.unref();
  child.channel?.unref();
  for (const stream of [child.stdout, child.stderr]) (stream as Socket | null)?.unref();
};
