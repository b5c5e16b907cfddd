import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  access,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  realpath,
  rm,
  symlink,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Account, canEnter, serverAccount } from './postgres-account';
import {
  copyBinaries,
  installedBinaries,
  type PostgresBinaries,
  USE_ANOTHER_POSTGRES,
  whyNotRunnable,
} from './postgres-binaries';
import { removePassword } from './postgres-password';
import { openPrivateFolder } from './private-files';
import { type Log, projectRoot, ToolError } from './tool';

/** The binaries, the data folder and the account of a server. */
export interface PostgresHome {
  readonly binaries: PostgresBinaries;
  readonly data: string;
  readonly account?: Account;
}

const OUTSIDE = '/var/lib/quickbite';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

/**
 * The folder that root uses if the server's account cannot enter this checkout, for example one below
 * /root. Its name depends on the path, so every checkout has a folder of its own.
 */
const placeOutside = (): string => join(OUTSIDE, hash(projectRoot));
const dataOutside = (directory: string): string => join(placeOutside(), `data-${hash(directory)}`);

/** Finds or prepares binaries, data folder and account for the server with its data at `directory`. */
export async function openHome(directory: string, log: Log): Promise<PostgresHome> {
  await mkdir(dirname(directory), { recursive: true });
  const installed = await installedBinaries();
  const account = await serverAccount(directory);
  const data = await locateData(await absolute(directory), account, log);
  const binaries = await runnableBinaries(installed, account);
  return { binaries, data, account };
}

/**
 * Deletes the data at `directory`, also if that is a link, its password, and what an interrupted start left
 * beside it.
 * No server may use it.
 */
export async function removeHome(directory: string): Promise<void> {
  if (!existsSync(dirname(directory))) return;
  const inPlace = await absolute(directory);
  for (const data of [inPlace, dataOutside(inPlace)]) {
    await removeDrafts(data);
    await rm(data, { recursive: true, force: true });
  }
  await removePassword(directory);
}

const DRAFT = '.new-';

/** A folder beside `data` in which its files are made, so that unfinished files are never used. */
export const makeDraft = (data: string): Promise<string> => mkdtemp(`${data}${DRAFT}`);

/** Deletes the drafts of starts that were interrupted. */
export async function removeDrafts(data: string): Promise<void> {
  const names = await readdir(dirname(data)).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(`${basename(data)}${DRAFT}`))) {
    await rm(join(dirname(data), name), { recursive: true, force: true });
  }
}

/** Deletes everything that this checkout has outside its own folder. */
export const removePlaceOutside = (): Promise<void> =>
  rm(placeOutside(), { recursive: true, force: true });

/** Postgres records the real path of its folder. The last part may be the link to the data. */
const absolute = async (directory: string): Promise<string> =>
  join(await realpath(dirname(directory)), basename(directory));

/** The data is at `directory` itself, unless the server's account cannot enter it. */
async function locateData(
  directory: string,
  account: Account | undefined,
  log: Log,
): Promise<string> {
  const outside = dataOutside(directory);
  const link = await readlink(directory).catch(() => undefined);
  // A copied checkout contains a link to the data of the original, which it must not share.
  if (link && link !== outside) await rm(directory);
  if (link !== outside && canEnter(dirname(directory), account)) {
    await assertOurs(directory);
    return directory;
  }
  if (!account) {
    throw new ToolError(
      `The data in ${directory} belongs to a Postgres that root started. ` +
        'Run this as root too, or delete that data as root: npm run db:reset',
    );
  }
  log(
    `Postgres runs as ${account.name}, which cannot enter this folder. Its data is in ${outside}`,
  );
  await linkOutside(directory, outside);
  return outside;
}

async function assertOurs(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  await access(join(directory, 'PG_VERSION')).catch(() => {
    throw new ToolError(
      `${directory} contains no database that this user can read. ` +
        'Run this as the user who created it, or delete it as that user: npm run db:reset',
    );
  });
}

async function linkOutside(directory: string, outside: string): Promise<void> {
  await openPlaceOutside();
  const present = await lstat(directory).catch(() => undefined);
  if (!present) await symlink(outside, directory);
  else if (!present.isSymbolicLink()) {
    throw new ToolError(
      `Postgres can no longer enter ${directory}. ` +
        'Open the folders above it to all (chmod o+x), or start afresh: npm run db:reset',
    );
  }
}

async function runnableBinaries(
  installed: PostgresBinaries,
  account: Account | undefined,
): Promise<PostgresBinaries> {
  const problem = whyNotRunnable(installed, account);
  if (!problem) return installed;
  const copied = account && (await copyBinaries(installed, await openPlaceOutside()));
  const lastProblem = copied ? whyNotRunnable(copied, account) : problem;
  if (copied && !lastProblem) return copied;
  throw new ToolError(
    `The Postgres in ${installed.native} does not run here: ${lastProblem}\n` +
      USE_ANOTHER_POSTGRES,
  );
}

/** Creates the folder, which the server's account may enter. The data inside stays private. */
async function openPlaceOutside(): Promise<string> {
  const place = placeOutside();
  for (const folder of [OUTSIDE, place]) await openPrivateFolder(folder);
  return place;
}
