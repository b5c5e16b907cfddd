import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { eventually } from '../support/wait';

/** A first start builds both apps and makes the database files. */
const READY_WITHIN_MS = 180_000;
const SAYS_WITHIN_MS = 30_000;

/** `npm start`, as somebody at a terminal would see it. */
export class Launch {
  private output = '';
  private readonly ended: Promise<unknown>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly startedMs: number,
  ) {
    this.ended = once(child, 'exit');
    child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  /** What `npm start` runs, without npm between us and its exit code. */
  static async ready(root: string): Promise<Launch> {
    const args = ['--import', 'tsx', join(root, 'tools/start.ts')];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const launch = new Launch(child, performance.now());
    await launch.says('QuickBite is ready.', READY_WITHIN_MS);
    launch.readyAfterMs = Math.round(performance.now() - launch.startedMs);
    return launch;
  }

  readyAfterMs = 0;

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** As the latest line about it has it. */
  get inventoryPid(): number {
    const pids = [...this.output.matchAll(/kill -9 (\d+)|Inventory is ready again \(pid (\d+)\)/g)];
    const [, banner, again] = pids.at(-1) ?? [];
    return Number(again ?? banner);
  }

  /** Waits until it has printed this. */
  async says(text: string, withinMs = SAYS_WITHIN_MS): Promise<void> {
    await eventually(
      `npm start says "${text}"`,
      () => {
        if (this.child.exitCode !== null) throw new Error(`npm start ended:\n${this.output}`);
        return this.output.includes(text);
      },
      withinMs,
    );
  }

  async stop(): Promise<number | null> {
    if (this.child.exitCode === null) this.child.kill('SIGTERM');
    await this.ended;
    return this.child.exitCode;
  }
}
