import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '../support/wait';

const SAYS_WITHIN_MS = 180_000;
const SHOWN_CHARACTERS = 3_000;

export interface TerminalOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
}

/** A command in a process group of its own, as a shell starts it in a terminal. */
export class Terminal {
  output = '';
  private readonly child: ChildProcess;
  private readonly end: Promise<unknown>;

  constructor(
    private readonly command: readonly string[],
    options: TerminalOptions,
  ) {
    const [name = '', ...args] = command;
    this.child = spawn(name, args, {
      ...options,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.end = once(this.child, 'exit');
    // Whoever waits for the end is told; nobody has to wait for it.
    this.end.catch(() => undefined);
    const keep = (chunk: Buffer) => (this.output += chunk.toString());
    this.child.stdout?.on('data', keep);
    this.child.stderr?.on('data', keep);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  count(text: string): number {
    return this.output.split(text).length - 1;
  }

  /** Waits until it has printed this, so many times in all. */
  async says(text: string, times = 1, withinMs = SAYS_WITHIN_MS): Promise<void> {
    const what = `${this.command.join(' ')} says "${text}" (${times} times)`;
    const said = eventually(
      what,
      () => {
        if (this.count(text) >= times) return true;
        if (this.hasEnded) throw new Error(`It ended before this: ${what}`);
        return false;
      },
      withinMs,
    );
    await said.catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.output.slice(-SHOWN_CHARACTERS)}`);
    });
  }

  /** What a terminal does at Ctrl+C: every process of the group gets the signal. */
  pressCtrlC(): void {
    process.kill(-this.pid, 'SIGINT');
  }

  /** Only the command itself gets it, as from a supervisor. */
  terminate(): void {
    process.kill(this.pid, 'SIGTERM');
  }

  /** `kill -9` of the whole group. What it started in other groups is not asked. */
  kill(): void {
    process.kill(-this.pid, 'SIGKILL');
  }

  /** Its exit code; null where a signal ended it. */
  async ended(withinMs = SAYS_WITHIN_MS): Promise<number | null> {
    await eventually(`${this.command.join(' ')} ends`, () => this.hasEnded, withinMs);
    await this.end;
    return this.child.exitCode;
  }
}
