import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  copyFile,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  stat,
  symlink,
} from 'node:fs/promises';
import { basename, delimiter, dirname, join, posix } from 'node:path';
import { type Log } from '../../tools/tool';
import { configAfter, configOf, type ImageConfig, type Stage, type Step } from './dockerfile';

/** Images that a stage may start with: they bring Node and npm, for which the host's stand in. */
const BASE_IMAGE = /^(node:24-\S+|gcr\.io\/distroless\/nodejs24-\S+)$/;
/** What a RUN gets of the host's environment: what it takes to reach the package registry. */
const NETWORK =
  /^(https?_proxy|no_proxy|npm_config_(registry|userconfig)|(node_extra|ssl)_.*cert.*)$/i;
const CHANGES_FILES: ReadonlySet<Step['kind']> = new Set(['workdir', 'copy', 'copyFrom', 'run']);
const LINES_OF_FAILURE = 40;

export interface BuilderOptions {
  /** The folder that the build context's paths are relative to. */
  readonly root: string;
  readonly contextFiles: readonly string[];
  /** An empty folder to work in. */
  readonly scratch: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** How far a stage has come: the file system, and what the next step is to find set. */
interface Layer {
  /** Stands for the steps so far. The same steps make the same layer, so it is made once. */
  readonly key: string;
  readonly folder: string;
  /** Others go on from this folder too, so a step that changes files needs a copy. */
  readonly shared: boolean;
  readonly config: ImageConfig;
}

/**
 * Does what `docker build` would do with the stages of a Dockerfile, in folders that are empty at
 * first. RUN is not confined to its folder, so a command that names an absolute path is refused.
 */
export class ImageBuilder {
  private readonly afterRun = new Map<string, Layer>();

  constructor(private readonly options: BuilderOptions) {}

  /** The folder that stands for the root of the stage's file system. */
  async build(stage: Stage): Promise<string> {
    return (await this.lastLayer(stage)).folder;
  }

  private async lastLayer(stage: Stage): Promise<Layer> {
    let layer = await this.firstLayer(stage.base);
    for (const step of stage.steps) layer = await this.next(layer, step);
    return layer;
  }

  private async firstLayer(base: Stage | string): Promise<Layer> {
    if (typeof base !== 'string') return { ...(await this.lastLayer(base)), shared: true };
    if (!BASE_IMAGE.test(base)) throw new Error(`${base} is neither a stage nor a known image`);
    const config = configOf({ base, steps: [] });
    return { key: base, folder: await this.newFolder(), shared: false, config };
  }

  private async next(before: Layer, step: Step): Promise<Layer> {
    this.options.signal.throwIfAborted();
    const source = step.kind === 'copyFrom' ? await this.lastLayer(step.stage) : undefined;
    const key = [before.key, step.text, source && `[${source.key}]`].join('\n');
    const made = this.afterRun.get(key);
    if (made) return made;
    const changed = CHANGES_FILES.has(step.kind) ? await this.unshared(before) : before;
    await this.changeFiles(changed, step, source);
    const after = { ...changed, key, config: configAfter(before.config, step) };
    if (step.kind !== 'run') return after;
    const shared = { ...after, shared: true };
    this.afterRun.set(key, shared);
    return shared;
  }

  private async changeFiles(layer: Layer, step: Step, source?: Layer): Promise<void> {
    const { folder } = layer;
    if (step.kind === 'workdir') await mkdir(join(folder, step.path), { recursive: true });
    if (step.kind === 'copy') await this.copyFromContext(layer, step.sources, step.target);
    if (step.kind === 'copyFrom' && source) {
      await copyFromStage(source.folder, layer, step.sources, step.target);
    }
    if (step.kind === 'run') await this.run(layer, step.command);
  }

  private async unshared(layer: Layer): Promise<Layer> {
    if (!layer.shared) return layer;
    const folder = await this.newFolder();
    await copyTree(layer.folder, folder);
    return { ...layer, folder, shared: false };
  }

  private async run({ folder, config }: Layer, command: string): Promise<void> {
    const { log, signal } = this.options;
    if (config.user !== 'root') throw new Error(`RUN ${command}: not known after USER`);
    if (/(^|[\s"'=:(])[/~]/.test(command)) {
      throw new Error(`RUN ${command}: names a path outside the stage's folder`);
    }
    const startedAt = Date.now();
    const { code, output } = await shell(command, join(folder, config.workdir), config.env, signal);
    signal.throwIfAborted();
    if (code !== 0) {
      const tail = output.trim().split('\n').slice(-LINES_OF_FAILURE).join('\n');
      throw new Error(`RUN ${command}: exit code ${code}\n${tail}`);
    }
    log(`  RUN ${command} (${((Date.now() - startedAt) / 1_000).toFixed(1)} s)`);
  }

  private async copyFromContext(
    layer: Layer,
    sources: readonly string[],
    target: string,
  ): Promise<void> {
    const { root, contextFiles } = this.options;
    for (const source of sources.map((path) => posix.normalize(path).replace(/^\/|\/$/g, ''))) {
      const isFile = contextFiles.includes(source);
      const files = isFile
        ? [source]
        : contextFiles.filter((file) => file.startsWith(`${source}/`));
      if (files.length === 0) {
        throw new Error(`COPY ${source}: not in a clean checkout, or kept out by .dockerignore`);
      }
      const destination = destinationOf(layer, source, target, isFile);
      for (const file of files) {
        const to = isFile ? destination : join(destination, posix.relative(source, file));
        await mkdir(dirname(to), { recursive: true });
        await copyFile(join(root, file), to);
      }
    }
  }

  /** Open to all, as the root of a file system is: the service may run as somebody else. */
  private async newFolder(): Promise<string> {
    const folder = await mkdtemp(join(this.options.scratch, 'stage-'));
    await chmod(folder, 0o755);
    return folder;
  }
}

async function copyFromStage(
  stageFolder: string,
  layer: Layer,
  sources: readonly string[],
  target: string,
): Promise<void> {
  for (const source of sources) {
    const from = join(stageFolder, source);
    if (!existsSync(from)) throw new Error(`COPY --from: the stage has no ${source}`);
    const isFile = (await stat(from)).isFile();
    await copyTree(from, destinationOf(layer, source, target, isFile));
  }
}

/** Docker copies a file into what is or looks like a folder, but of a folder only what is in it. */
function destinationOf(layer: Layer, source: string, target: string, isFile: boolean): string {
  const place = join(layer.folder, posix.resolve(layer.config.workdir, target));
  const intoFolder = isFile && (target.endsWith('/') || existsSync(place));
  return intoFolder ? join(place, basename(source)) : place;
}

/**
 * With hard links, which take 2 s where copies of the dependencies take 15. They are safe as long as
 * a RUN replaces files rather than writes into those that are there, as npm and webpack do.
 */
async function copyTree(from: string, to: string): Promise<void> {
  if ((await stat(from)).isFile()) {
    await mkdir(dirname(to), { recursive: true });
    await link(from, to);
    return;
  }
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, copy] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isSymbolicLink()) await symlink(await readlink(source), copy);
    else if (entry.isDirectory()) await copyTree(source, copy);
    else await link(source, copy);
  }
}

/** Without what npm adds to PATH here, or a RUN would find this clone's tools and not its own. */
function searchPath(): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const own = folders.filter((folder) => !folder.includes(join('node_modules', '.bin')));
  return [dirname(process.execPath), ...own].join(delimiter);
}

function shell(
  command: string,
  cwd: string,
  imageEnv: ImageConfig['env'],
  signal: AbortSignal,
): Promise<{ code: number | null; output: string }> {
  const network = Object.entries(process.env).filter(([name]) => NETWORK.test(name));
  const host = { PATH: searchPath(), HOME: process.env.HOME, ...Object.fromEntries(network) };
  return new Promise((resolve, reject) => {
    // A process group of its own, so that stopping it stops npm's children as well.
    const child = spawn('/bin/sh', ['-c', command], {
      cwd,
      env: { ...host, ...imageEnv },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    const keep = (chunk: Buffer) => (output += chunk.toString());
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const stop = () => child.pid !== undefined && process.kill(-child.pid, 'SIGTERM');
    signal.addEventListener('abort', stop);
    child.once('error', reject);
    child.once('close', (code) => {
      signal.removeEventListener('abort', stop);
      resolve({ code, output });
    });
  });
}
