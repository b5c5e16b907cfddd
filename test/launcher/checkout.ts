import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort } from '../../tools/ports';
import { type Finished, run } from '../../tools/processes';
import { eventually } from '../support/wait';
import { processesBelow, type SeenProcess, shown } from './processes-below';
import { Terminal } from './terminal';

const SOURCE = join(__dirname, '../..');
const COMMAND_WITHIN_MS = 120_000;
const GONE_WITHIN_MS = 60_000;
/** All that a start gets from here: no settings, and nothing of the npm that runs this. */
const KEPT_VARIABLES = ['HOME', 'LANG', 'TMPDIR', 'USER'];

/** As another user would start it. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export interface OpenOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly account?: Account;
}

interface Ports {
  readonly inventory: number;
  readonly orders: number;
  readonly postgres: number;
}

/** A copy of this checkout, with uncommitted changes, in a folder whose name has a space. */
export class Checkout {
  private removing = false;

  private constructor(
    readonly temporary: string,
    public root: string,
    readonly ports: Ports,
  ) {}

  static async make(): Promise<Checkout> {
    const temporary = await mkdtemp(join(tmpdir(), 'quickbite-launcher-'));
    // mkdtemp closes it to others, and Postgres does not run as root.
    await chmod(temporary, 0o755);
    const [inventory = 0, orders = 0, postgres = 0] = await Promise.all(
      Array.from({ length: 3 }, () => findFreePort()),
    );
    const checkout = new Checkout(temporary, join(temporary, 'quick bite'), {
      inventory,
      orders,
      postgres,
    });
    await mkdir(checkout.root);
    await checkout.copySources();
    await checkout.copyNodeModules();
    // A build writes into its files, so these are no links. An outdated one is built anew.
    if (existsSync(join(SOURCE, 'dist'))) {
      await cp(join(SOURCE, 'dist'), join(checkout.root, 'dist'), { recursive: true });
    }
    return checkout;
  }

  get env(): NodeJS.ProcessEnv {
    const kept = KEPT_VARIABLES.map((name) => [name, process.env[name]] as const);
    const path = process.env.PATH?.split(':').filter((folder) => !folder.includes('node_modules'));
    return {
      ...Object.fromEntries<string | undefined>(kept),
      PATH: path?.join(':'),
      npm_config_update_notifier: 'false',
      INVENTORY_GRPC_PORT: String(this.ports.inventory),
      ORDERS_HTTP_PORT: String(this.ports.orders),
      QUICKBITE_POSTGRES_PORT: String(this.ports.postgres),
      // A busy machine is no reason for a 202 here.
      ORDERS_INVENTORY_TIMEOUT_MS: '5000',
    };
  }

  /** All files as they are in the source, and no others, whatever was done to them here. */
  async copySources(): Promise<void> {
    this.assertInUse();
    const list = await promisify(execFile)(
      'git',
      ['-C', SOURCE, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
      { maxBuffer: 64 * 1024 * 1024 },
    );
    const files = list.stdout.split('\0').filter((file) => file && existsSync(join(SOURCE, file)));
    const tops = new Set(files.map((file) => file.split('/')[0] ?? file));
    for (const top of tops) await rm(join(this.root, top), { recursive: true, force: true });
    await Promise.all(files.map((file) => cp(join(SOURCE, file), join(this.root, file))));
  }

  open(command: readonly string[], { env, account }: OpenOptions = {}): Terminal {
    this.assertInUse();
    return new Terminal(command, {
      cwd: this.root,
      env: { ...this.env, ...(account && { HOME: account.home, USER: 'nobody' }), ...env },
      ...(account && { uid: account.uid, gid: account.gid }),
    });
  }

  /** A command that ends by itself. */
  run(command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
    this.assertInUse();
    return this.runInside(command, env);
  }

  private runInside(command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
    const [name = '', ...args] = command;
    return run(name, args, {
      cwd: this.root,
      env: { ...this.env, ...env },
      timeout: COMMAND_WITHIN_MS,
    });
  }

  /** As a text editor would save it. */
  async edit(file: string, change: (text: string) => string): Promise<void> {
    const path = join(this.root, file);
    const before = await readFile(path, 'utf8');
    const after = change(before);
    if (after === before) throw new Error(`The edit of ${file} changes nothing.`);
    await writeFile(path, after);
  }

  async moveTo(folder: string): Promise<void> {
    this.assertInUse();
    await mkdir(dirname(folder), { recursive: true });
    await rename(this.root, folder);
    this.root = folder;
  }

  /** Where Postgres has its data: in the folder, or elsewhere when it cannot get there. */
  async dataFolder(): Promise<string> {
    const inside = join(this.root, '.quickbite/postgres');
    return readlink(inside).catch(() => inside);
  }

  async processes(): Promise<SeenProcess[]> {
    return processesBelow([this.temporary, await this.dataFolder()]);
  }

  /** Waits until no process of it is left, or none that `counts`. */
  async isQuiet(counts: (process: SeenProcess) => boolean = () => true): Promise<void> {
    let left: SeenProcess[] = [];
    const quiet = eventually(
      'no process is left',
      async () => {
        left = (await this.processes()).filter(counts);
        return left.length === 0;
      },
      GONE_WITHIN_MS,
    );
    await quiet.catch((error: unknown) => {
      throw new Error(`${String(error)}. Left:\n${shown(left)}`);
    });
  }

  /** Ends whatever runs in it, the hard way. */
  async kill(): Promise<void> {
    if (!this.removing) await this.killAll();
  }

  private async killAll(): Promise<void> {
    await eventually(
      'nothing of the copy runs',
      async () => {
        const left = await this.processes();
        for (const { pid } of left) kill(pid);
        return left.length === 0;
      },
      GONE_WITHIN_MS,
    );
  }

  /** `npm run db:reset`, which knows what is kept outside the folder. */
  async reset(): Promise<void> {
    this.assertInUse();
    await this.resetInside();
  }

  private async resetInside(): Promise<void> {
    const { code, output } = await this.runInside(['npm', 'run', 'db:reset']);
    if (code !== 0) throw new Error(`npm run db:reset failed:\n${output}`);
  }

  /** May be called while a part still runs, which then fails at its next step. */
  async remove(): Promise<void> {
    this.removing = true;
    await this.killAll();
    await this.resetInside().finally(() => rm(this.temporary, { recursive: true, force: true }));
  }

  private assertInUse(): void {
    if (this.removing) throw new Error('The copy is being removed');
  }

  /** Hard links cost a second; where the temporary folder is on another disk, it is a real copy. */
  private async copyNodeModules(): Promise<void> {
    const from = join(SOURCE, 'node_modules');
    const to = join(this.root, 'node_modules');
    const linked = await run('cp', ['-al', from, to]);
    if (linked.code === 0) return;
    await rm(to, { recursive: true, force: true });
    const copied = await run('cp', ['-a', from, to]);
    if (copied.code !== 0) throw new Error(`node_modules could not be copied:\n${copied.output}`);
  }
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
};
