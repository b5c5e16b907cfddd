import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { run } from '../../tools/processes';
import { eventually } from '../support/wait';
import { type ImageConfig } from './dockerfile';

const READY_WITHIN_MS = 60_000;
/** The grace period of docker-compose.yml, after which Docker kills. */
const STOP_WITHIN_MS = 15_000;
/** Where the distroless image has it. */
const NODE_IN_IMAGE = '/nodejs/bin/node';

export interface ContainerOptions {
  /** The folder that stands for the root of the image's file system. */
  readonly folder: string;
  readonly config: ImageConfig;
  /** As `docker run --env` gives it. */
  readonly env: Readonly<Record<string, string>>;
}

/** Only root can run something as the image's user; anybody else runs it as themselves. */
function accountFor(user: string): { uid?: number; gid?: number } {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(user) ?? [];
  if (uid === undefined) throw new Error(`USER ${user} is not two numbers`);
  return process.getuid?.() === 0 ? { uid: Number(uid), gid: Number(gid) } : {};
}

/**
 * Runs an image's CMD with this Node, which is the image's entrypoint, and nothing in its
 * environment but what the image and the caller put there.
 */
export class Container {
  private readonly child: ChildProcess;
  private output = '';
  private readonly ended: Promise<string>;
  private ending?: string;

  constructor(private readonly options: ContainerOptions) {
    const { config } = options;
    this.child = spawn(process.execPath, config.args, {
      cwd: this.workdir,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...accountFor(config.user),
    });
    const keep = (chunk: Buffer) => (this.output += chunk.toString());
    this.child.stdout?.on('data', keep);
    this.child.stderr?.on('data', keep);
    this.ended = new Promise((resolve) => {
      const end = (how: string) => resolve((this.ending = how));
      this.child.once('error', (error) => end(error.message));
      this.child.once('close', (code, signal) => end(signal ?? `exit code ${code}`));
    });
  }

  async untilReady(isReady: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
    const probe = () => {
      signal.throwIfAborted();
      if (this.ending !== undefined) throw new Error(`ended with ${this.ending}`);
      return isReady();
    };
    try {
      await eventually('ready', probe, READY_WITHIN_MS);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${this.output.trim()}`, { cause: error });
    }
  }

  /** Runs a health check as Docker would, in the container's folder and environment. */
  async isHealthy(test: readonly string[]): Promise<boolean> {
    const [kind, command, ...args] = test;
    if (kind !== 'CMD' || command !== NODE_IN_IMAGE) {
      throw new Error(`The health check ${kind} ${command} cannot run in an image without a shell`);
    }
    const { code } = await run(process.execPath, args, { cwd: this.workdir, env: this.env });
    return code === 0;
  }

  /** Asks it to end as `docker stop` does, and gives how it ended. */
  async stop(): Promise<string> {
    this.child.kill(this.options.config.stopSignal as NodeJS.Signals);
    const lastResort = setTimeout(() => this.kill(), STOP_WITHIN_MS);
    const how = await this.ended;
    clearTimeout(lastResort);
    return how;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private get workdir(): string {
    return join(this.options.folder, this.options.config.workdir);
  }

  private get env(): Record<string, string> {
    return { ...this.options.config.env, ...this.options.env };
  }
}
