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
  private readonly result: Promise<CliResult>;

  constructor(args: readonly string[], { nodeOptions = [], cwd, env }: CliOptions = {}) {
    const child = spawn(process.execPath, [...nodeOptions, mainOf('cli'), ...args], {
      cwd: cwd ?? projectRoot,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    this.pid = child.pid ?? 0;
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    this.result = once(child, 'close').then(() => ({ code: child.exitCode, stdout, stderr }));
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  ended(): Promise<CliResult> {
    return this.result;
  }
}
