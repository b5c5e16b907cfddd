import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withWaitIndicator } from '../apps/cli/src/command-line/wait-indicator';
import { tryLock } from './lock';
import { run } from './processes';
import { type Log, print, projectRoot, runTool, ToolError } from './tool';

/**
 * `npm run build` builds all apps. The other tools and the tests call `ensureBuilt`, which builds only
 * if a source has changed.
 */
const APPS = ['inventory', 'orders', 'cli'] as const;
const SOURCES = [
  'apps',
  'libs',
  'proto',
  'nest-cli.json',
  'webpack.config.js',
  'package-lock.json',
];
const TSCONFIG = /^tsconfig.*\.json$/;
const NOT_BUILT = '.spec.ts';

const DIST = join(projectRoot, 'dist');
/** Contains the hash of the sources that dist/ was built from, and of the output. */
const STAMP = join(DIST, '.sources.sha256');
const LOCK = join(DIST, '.build.lock');
const LOCK_TIMEOUT_MS = 300_000;
const LOCK_POLL_MS = 200;

export interface BuildOptions {
  readonly log?: Log;
  /** Builds even if no source has changed. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

export const mainOf = (app: (typeof APPS)[number]): string => join(DIST, 'apps', app, 'main.js');

/** Brings dist/ in line with the sources. Concurrent callers wait for each other. */
export async function ensureBuilt(options: BuildOptions = {}): Promise<void> {
  const { log = () => undefined, force = false, signal } = options;
  if (!force && (await isCurrent(await hashSources()))) return;
  const release = await waitForLock(log, signal);
  try {
    const hash = await hashSources();
    // The previous holder of the lock may have built the same sources.
    if (force || !(await isCurrent(hash))) await build(hash, log, signal);
  } finally {
    await release();
  }
}

async function build(hash: string, log: Log, signal?: AbortSignal): Promise<void> {
  log('Building Inventory, Orders and the cli…');
  const startedAt = Date.now();
  await rm(STAMP, { force: true });
  await withWaitIndicator('Building', () => Promise.all(APPS.map((app) => buildApp(app, signal))));
  await writeFile(STAMP, await stampOf(hash));
  log(`Built in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`);
}

async function buildApp(app: (typeof APPS)[number], signal?: AbortSignal): Promise<void> {
  const nest = join(projectRoot, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  const { code, output } = await run(process.execPath, [nest, 'build', app], {
    cwd: projectRoot,
    signal,
  });
  if (code === 0 && existsSync(mainOf(app))) return;
  throw new ToolError(`The build of ${app} failed:\n${output}`);
}

async function isCurrent(hash: string): Promise<boolean> {
  const stamp = await readFile(STAMP, 'utf8').catch(() => undefined);
  return stamp !== undefined && stamp === (await stampOf(hash));
}

/** Includes the hash of the output, since watch mode writes into dist/ too. */
async function stampOf(sourcesHash: string): Promise<string> {
  const output = createHash('sha256');
  for (const app of APPS) output.update(await readFile(mainOf(app)).catch(() => ''));
  return `${sourcesHash} ${output.digest('hex')}`;
}

/** By content, not by time: git changes the times of files that it checks out. */
async function hashSources(): Promise<string> {
  const entries = await readdir(projectRoot);
  const topLevel = entries.filter((name) => SOURCES.includes(name) || TSCONFIG.test(name));
  const files = (
    await Promise.all(topLevel.map((name) => filesBelow(join(projectRoot, name))))
  ).flat();
  const hash = createHash('sha256');
  for (const file of files.filter((name) => !name.endsWith(NOT_BUILT)).sort()) {
    hash
      .update(`${relative(projectRoot, file)}\0`)
      .update(await readFile(file))
      .update('\0');
  }
  return hash.digest('hex');
}

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
  if (!entries) return [path];
  const nested = entries.map((entry) => {
    const inside = join(path, entry.name);
    return entry.isDirectory() ? filesBelow(inside) : Promise.resolve([inside]);
  });
  return (await Promise.all(nested)).flat();
}

async function waitForLock(log: Log, signal?: AbortSignal): Promise<() => Promise<void>> {
  await mkdir(DIST, { recursive: true });
  const deadline = Date.now() + LOCK_TIMEOUT_MS;
  for (let hasLogged = false; ; hasLogged = true) {
    const attempt = await tryLock(LOCK, 'the build');
    if (attempt.taken) return () => attempt.release();
    const { pid } = attempt.holder;
    if (!hasLogged) log(`Waiting for another build (pid ${pid}) to end.`);
    if (Date.now() > deadline) {
      throw new ToolError(`The build of pid ${pid} does not end. Stop that process and try again.`);
    }
    await sleep(LOCK_POLL_MS, undefined, { signal });
  }
}

if (require.main === module) {
  runTool(() => ensureBuilt({ log: print, force: process.argv.includes('--force') }));
}
