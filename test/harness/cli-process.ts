import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mainOf } from '../../tools/build';
import { projectRoot } from '../../tools/tool';

/** The result of a command. */
export interface CliResult {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly nodeOptions?: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A command of the built cli as a process of its own, in an environment without settings. */
export class CliProcess {
  readonly pid: number;
  private readonly child;
  private printed = '';
  private errors = '';
  private readonly result: Promise<CliResult>;

  constructor(args: readonly string[], { nodeOptions = [], cwd, env }: CliOptions = {}) {
    const child = spawn(process.execPath, [...nodeOptions, mainOf('cli'), ...args], {
      cwd: cwd ?? projectRoot,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    this.pid = child.pid ?? 0;
    child.stdout.on('data', (chunk: Buffer) => (this.printed += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    this.result = once(child, 'close').then(() => ({
      code: child.exitCode,
      stdout: this.printed,
      stderr: this.errors,
    }));
  }

  /** What it has written to stdout until now. */
  get output(): string {
    return this.printed;
  }

  /** What it has written to stderr until now. */
  get errorOutput(): string {
    return this.errors;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  ended(): Promise<CliResult> {
    return this.result;
  }
}
