import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../tools/ports';
import { type Finished, run } from '../../tools/processes';
import { eventually } from '../harness/wait';
import { Terminal, type TerminalOptions } from './terminal';

const SOURCE = join(__dirname, '../..');
const COMMAND_TIMEOUT_MS = 120_000;
const STOPPED_WITHIN_MS = 60_000;
/** A command inherits only these, so that no setting and nothing of npm reaches the checkout. */
const INHERITED_VARIABLES = ['HOME', 'LANG', 'TMPDIR', 'USER'];

export interface RunningProcess {
  readonly pid: number;
  readonly commandLine: string;
}

interface Ports {
  readonly inventory: number;
  readonly orders: number;
}

/** A copy of this checkout, with uncommitted changes, in a folder whose name has a space. */
export class Checkout {
  readonly root: string;
  private isRemoved = false;

  private constructor(
    /** The temporary folder that contains the checkout and nothing else. */
    readonly parent: string,
    readonly ports: Ports & { readonly postgres: number },
  ) {
    this.root = join(parent, 'quick bite');
  }

  static async make(): Promise<Checkout> {
    const parent = await mkdtemp(join(tmpdir(), 'quickbite-launcher-'));
    // mkdtemp closes the folder to other accounts, and Postgres does not run as root.
    await chmod(parent, 0o755);
    const [inventory, orders, postgres] = [
      await findFreePort(),
      await findFreePort(),
      await findFreePort(),
    ];
    const checkout = new Checkout(parent, { inventory, orders, postgres });
    await mkdir(checkout.root);
    const options = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
    const files = execFileSync('git', options, { cwd: SOURCE, encoding: 'utf8' }).split('\0');
    const present = files.filter((file) => file !== '' && existsSync(join(SOURCE, file)));
    await Promise.all(present.map((file) => cp(join(SOURCE, file), join(checkout.root, file))));
    // Saves a build: an outdated dist/ is built again.
    await cp(join(SOURCE, 'dist'), join(checkout.root, 'dist'), { recursive: true }).catch(
      () => undefined,
    );
    await checkout.copyNodeModules();
    return checkout;
  }

  /** Starts a command that runs until it is stopped. */
  open(command: readonly string[], options: Omit<TerminalOptions, 'cwd'> = {}): Terminal {
    this.assertInUse();
    const env = { ...this.env, ...options.env };
    return new Terminal(command, { ...options, cwd: this.root, env });
  }

  /** Runs a command that exits by itself. */
  run(command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
    this.assertInUse();
    return this.execute(command, env);
  }

  /** Edits a file in place, as a text editor does. */
  async edit(file: string, change: (text: string) => string): Promise<void> {
    const path = join(this.root, file);
    const before = await readFile(path, 'utf8');
    const after = change(before);
    if (after === before) throw new Error(`The edit of ${file} changes nothing.`);
    await writeFile(path, after);
  }

  /** Returns where Postgres has its data: in the checkout, or outside if it cannot enter there. */
  async dataFolder(): Promise<string> {
    const inside = join(this.root, '.quickbite/postgres');
    return readlink(inside).catch(() => inside);
  }

  /** Returns the processes that work in the checkout or were started from files of it. */
  async processes(): Promise<RunningProcess[]> {
    const folders = [this.parent, await this.dataFolder()];
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    const found = pids.map(async (pid) => {
      // Both are empty for a process that has ended in the meantime.
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      const raw = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const commandLine = raw.replaceAll('\0', ' ').trim();
      const isOurs = folders.some((path) => cwd.startsWith(path) || commandLine.includes(path));
      return isOurs && pid !== process.pid ? [{ pid, commandLine }] : [];
    });
    return (await Promise.all(found)).flat();
  }

  /** Waits until no process of the checkout that matches is running. */
  async waitUntilStopped(
    matches: (process: RunningProcess) => boolean = () => true,
  ): Promise<void> {
    const left = async () => (await this.processes()).filter(matches);
    await eventually(
      'no process of the checkout is left',
      async () => (await left()).length === 0,
      STOPPED_WITHIN_MS,
    ).catch(async (error: unknown) => {
      throw new Error(`${String(error)}. Left: ${JSON.stringify(await left(), null, 2)}`);
    });
  }

  /** Kills every process of the checkout. */
  async kill(): Promise<void> {
    await eventually(
      'every process of the checkout is killed',
      async () => {
        const left = await this.processes();
        for (const { pid } of left) await run('kill', ['-9', String(pid)]);
        return left.length === 0;
      },
      STOPPED_WITHIN_MS,
    );
  }

  /** Runs `npm run db:reset`, which also deletes what is kept outside the checkout. */
  async reset(): Promise<void> {
    const { code, output } = await this.execute(['npm', 'run', 'db:reset']);
    if (code !== 0) throw new Error(`npm run db:reset failed:\n${output}`);
  }

  /** Deletes the checkout. A test that still runs then fails at its next command. */
  async remove(): Promise<void> {
    this.isRemoved = true;
    await this.kill();
    await this.reset().finally(() => rm(this.parent, { recursive: true, force: true }));
  }

  private get env(): NodeJS.ProcessEnv {
    const inherited = INHERITED_VARIABLES.map((name) => [name, process.env[name]] as const);
    const path = process.env.PATH?.split(':').filter((folder) => !folder.includes('node_modules'));
    return {
      ...Object.fromEntries<string | undefined>(inherited),
      PATH: path?.join(':'),
      npm_config_update_notifier: 'false',
      INVENTORY_GRPC_PORT: String(this.ports.inventory),
      ORDERS_HTTP_PORT: String(this.ports.orders),
      QUICKBITE_POSTGRES_PORT: String(this.ports.postgres),
      // Prevents a 202 on a busy machine.
      ORDERS_INVENTORY_TIMEOUT_MS: '5000',
    };
  }

  private execute(command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
    const [name = '', ...args] = command;
    const options = { cwd: this.root, env: { ...this.env, ...env }, timeout: COMMAND_TIMEOUT_MS };
    return run(name, args, options);
  }

  private assertInUse(): void {
    if (this.isRemoved) throw new Error('The checkout is being removed.');
  }

  /** Uses hard links, which take a second, or copies if the temporary folder is on another disk. */
  private async copyNodeModules(): Promise<void> {
    const [from, to] = [join(SOURCE, 'node_modules'), join(this.root, 'node_modules')];
    const { code } = await run('cp', ['-al', from, to]);
    if (code === 0) return;
    await rm(to, { recursive: true, force: true });
    await cp(from, to, { recursive: true, verbatimSymlinks: true });
  }
}
