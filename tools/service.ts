import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { withWaitIndicator } from '../apps/cli/src/command-line/wait-indicator';
import { projectRoot, ToolError } from './tool';

const READY_TIMEOUT_SECONDS = 60;
const READY_POLL_MS = 100;
/** Longer than the default of SHUTDOWN_TIMEOUT_SECONDS. */
const STOP_TIMEOUT_SECONDS = 15;

export interface ServiceOptions {
  readonly name: string;
  /** The built file that Node runs. */
  readonly main: string;
  readonly env: NodeJS.ProcessEnv;
  isReady(): Promise<boolean>;
  /** Called when a ready service ends without `stop`. */
  onExit(ending: string): void;
}

/** A service as a process of its own. It can be restarted when it has ended. */
export class Service {
  private child?: ChildProcess;
  /** The signal or exit code of the last process. Undefined while it runs. */
  private ending?: string = 'not started';
  private ended: Promise<void> = Promise.resolve();
  private expectedToRun = false;
  /** Hides what shows on the terminal that the launcher waits for this service. */
  private beforeOutput: () => void = () => undefined;

  constructor(private readonly options: ServiceOptions) {}

  get name(): string {
    return this.options.name;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get isRunning(): boolean {
    return this.ending === undefined;
  }

  /** Resolves when the service is ready. Rejects if it ends before that, or is not ready in time. */
  async start(signal: AbortSignal): Promise<void> {
    this.spawn();
    await withWaitIndicator(`Waiting for ${this.name}`, ({ hide }) => {
      this.beforeOutput = hide;
      return this.awaitReady(signal);
    });
    this.expectedToRun = true;
  }

  private async awaitReady(signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_SECONDS * 1_000;
    while (!(await this.options.isReady())) {
      signal.throwIfAborted();
      if (this.ending) {
        throw new ToolError(
          `${this.name} ended (${this.ending}) before it was ready. See its last lines above for the reason.`,
        );
      }
      if (Date.now() > deadline) {
        throw new ToolError(
          `${this.name} is not ready after ${READY_TIMEOUT_SECONDS} s. See its lines above for the reason.`,
        );
      }
      await sleep(READY_POLL_MS);
    }
  }

  /** Stops the service after it has finished its requests. Kills it if that takes too long. */
  async stop(): Promise<void> {
    this.expectedToRun = false;
    if (!this.isRunning) return;
    this.requestStop();
    const killTimer = setTimeout(() => {
      console.log(`${this.name} did not stop within ${STOP_TIMEOUT_SECONDS} s. It is killed.`);
      this.kill();
    }, STOP_TIMEOUT_SECONDS * 1_000);
    await this.ended;
    clearTimeout(killTimer);
  }

  kill(): void {
    this.child?.kill('SIGKILL');
  }

  /**
   * Starts the process in a process group of its own, so that Ctrl+C reaches only the launcher, which
   * stops the services in order. The closed IPC channel tells it that the launcher was killed.
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
    this.forward(child.stdout, process.stdout);
    this.forward(child.stderr, process.stderr);
    child.once('error', (error) => (this.ending = error.message));
    this.ended = new Promise((resolve) => {
      // 'close' rather than 'exit', so that its last lines have been forwarded.
      child.once('close', (code, signal) => {
        this.ending = signal ?? `exit code ${code}`;
        if (this.expectedToRun) this.options.onExit(this.ending);
        this.expectedToRun = false;
        resolve();
      });
    });
  }

  /** Windows has no SIGTERM. There the closed channel makes the service stop. */
  private requestStop(): void {
    if (process.platform === 'win32') {
      this.child?.disconnect();
      return;
    }
    this.child?.kill('SIGTERM');
    // A process that is suspended (kill -STOP) handles SIGTERM only after SIGCONT.
    this.child?.kill('SIGCONT');
  }

  private forward(from: Readable | null, to: NodeJS.WritableStream): void {
    if (!from) return;
    const prefix = `${this.name.toLowerCase().padEnd(9)} | `;
    createInterface({ input: from }).on('line', (line) => {
      this.beforeOutput();
      to.write(`${prefix}${line}\n`);
    });
  }
}
