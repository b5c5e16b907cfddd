import { type ChildProcess, spawn } from 'node:child_process';
import { withWaitIndicator } from '../../apps/cli/src/command-line/wait-indicator';
import { eventually } from '../harness/wait';

const WITHIN_MS = 180_000;
const SHOWN_CHARACTERS = 3_000;

export interface TerminalOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
}

/** A command in a process group of its own, as a shell starts it in a terminal. */
export class Terminal {
  output = '';
  private readonly child: ChildProcess;

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
    const append = (text: Buffer | Error) => (this.output += text.toString());
    this.child.stdout?.on('data', append);
    this.child.stderr?.on('data', append);
    this.child.on('error', append);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Returns how often the text was printed. */
  count(text: string): number {
    return this.output.split(text).length - 1;
  }

  /** Waits until the text was printed `times` times in total. */
  async waitForOutput(text: string, times = 1, withinMs = WITHIN_MS): Promise<void> {
    const printed = eventually(
      `${this.command.join(' ')} prints "${text}" (${times} times)`,
      () => {
        if (this.count(text) >= times) return true;
        if (this.hasExited) throw new Error(`It exited before it printed "${text}"`);
        return false;
      },
      withinMs,
    );
    await withWaitIndicator(`Waiting for "${text}"`, () => printed).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.output.slice(-SHOWN_CHARACTERS)}`);
    });
  }

  /** Sends SIGINT to the whole process group, as a terminal does. */
  pressCtrlC(): void {
    process.kill(-this.pid, 'SIGINT');
  }

  /** Sends SIGTERM to the command alone, as a supervisor does. */
  terminate(): void {
    process.kill(this.pid, 'SIGTERM');
  }

  /** Returns the exit code; null if a signal ended the command. */
  async waitForExit(withinMs = WITHIN_MS): Promise<number | null> {
    await eventually(`${this.command.join(' ')} exits`, () => this.hasExited, withinMs);
    return this.child.exitCode;
  }
}
