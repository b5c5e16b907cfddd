import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** The result of a run of `npm run stock`. */
export interface StockCliResult {
  /** Null where a signal killed it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `npm run stock` as a process, without npm. */
export class StockCli {
  readonly pid: number;
  private readonly child;
  private readonly end: Promise<StockCliResult>;

  constructor(args: readonly string[], nodeOptions: readonly string[] = []) {
    const tool = [...nodeOptions, '--import', 'tsx', 'tools/stock/stock.ts'];
    const child = spawn(process.execPath, [...tool, ...args], {
      cwd: ROOT,
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    this.pid = child.pid ?? 0;
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    this.end = once(child, 'close').then(() => ({ code: child.exitCode, stdout, stderr }));
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  ended(): Promise<StockCliResult> {
    return this.end;
  }
}
