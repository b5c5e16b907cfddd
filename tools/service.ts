import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot, ToolError } from './tool';

const READY_TIMEOUT_SECONDS = 60;
const READY_POLL_MS = 100;
/** Longer than the services allow themselves by default (SHUTDOWN_TIMEOUT_SECONDS). */
const STOP_TIMEOUT_SECONDS = 15;

export interface ServiceOptions {
  readonly name: string;
  /** The built file to run. */
  readonly main: string;
  readonly env: NodeJS.ProcessEnv;
  isReady(): Promise<boolean>;
  /** Called when it ended though nobody asked it to, after it had been ready. */
  onLost(how: string): void;
}

/** One of the services, as a process of its own. It can be started again when it has ended. */
export class Service {
  private child?: ChildProcess;
  /** How the last process ended; undefined while it runs. */
  private ending?: string = 'not started';
  private ended: Promise<void> = Promise.resolve();
  private expectedToRun = false;

  constructor(private readonly options: ServiceOptions) {}

  get name(): string {
    return this.options.name;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get running(): boolean {
    return this.ending === undefined;
  }

  /** Resolves when it answers; fails when it ends first, or is not ready in time. */
  async start(signal: AbortSignal): Promise<void> {
    this.spawn();
    const deadline = Date.now() + READY_TIMEOUT_SECONDS * 1_000;
    while (!(await this.options.isReady())) {
      signal.throwIfAborted();
      if (this.ending) {
        throw new ToolError(
          `${this.name} ended (${this.ending}) before it was ready. Its last lines above say why.`,
        );
      }
      if (Date.now() > deadline) {
        throw new ToolError(
          `${this.name} is not ready after ${READY_TIMEOUT_SECONDS} s. Its lines above say more.`,
        );
      }
      await sleep(READY_POLL_MS);
    }
    this.expectedToRun = true;
  }

  /** Lets it finish what is in flight, within a bound. */
  async stop(): Promise<void> {
    this.expectedToRun = false;
    if (!this.running) return;
    this.askToStop();
    const lastResort = setTimeout(() => {
      console.log(`${this.name} did not stop within ${STOP_TIMEOUT_SECONDS} s; ending it.`);
      this.kill();
    }, STOP_TIMEOUT_SECONDS * 1_000);
    await this.ended;
    clearTimeout(lastResort);
  }

  kill(): void {
    this.child?.kill('SIGKILL');
  }

  /**
   * In a process group of its own, so that Ctrl+C reaches the launcher alone, which knows the order
   * to stop in. Over the IPC channel it notices when even `kill -9` has ended the launcher.
   */
  private spawn(): void {
    const { main, env } = this.options;
    const child = spawn(process.execPath, ['--enable-source-maps', main], {
      cwd: projectRoot,
      env,
      detached: process.platform !== 'win32',
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child = child;
    this.ending = undefined;
    this.passOn(child.stdout, process.stdout);
    this.passOn(child.stderr, process.stderr);
    child.once('error', (error) => (this.ending = error.message));
    this.ended = new Promise((resolve) => {
      // 'close' rather than 'exit': by then its last lines have been passed on.
      child.once('close', (code, signal) => {
        this.ending = signal ?? `exit code ${code}`;
        if (this.expectedToRun) this.options.onLost(this.ending);
        this.expectedToRun = false;
        resolve();
      });
    });
  }

  /** Windows knows no SIGTERM; there the closed channel tells it to stop. */
  private askToStop(): void {
    if (process.platform === 'win32') {
      this.child?.disconnect();
      return;
    }
    this.child?.kill('SIGTERM');
    // Somebody may have frozen it to see what happens (kill -STOP): then it would not hear that.
    this.child?.kill('SIGCONT');
  }

  private passOn(from: Readable | null, to: NodeJS.WritableStream): void {
    if (!from) return;
    const prefix = `${this.name.toLowerCase().padEnd(9)} | `;
    createInterface({ input: from }).on('line', (line) => to.write(`${prefix}${line}\n`));
  }
}
