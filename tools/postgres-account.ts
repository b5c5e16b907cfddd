import { type SpawnOptions, spawnSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { parse } from 'node:path';
import { ToolError } from './tool';

/** The account of the server, if it is not the present user. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Accounts that most systems have. The tools never create one. */
const UNPRIVILEGED = ['postgres', 'nobody'];

/**
 * Returns the account for the server if the present user is root, since Postgres does not run as root:
 * the owner of the data, or else an unprivileged account. Undefined for any other user.
 */
export async function serverAccount(dataDirectory: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const data = await stat(dataDirectory).catch(() => undefined);
  if (data && data.uid !== 0) return { name: `user ${data.uid}`, uid: data.uid, gid: data.gid };
  for (const name of UNPRIVILEGED) {
    const uid = idOf('-u', name);
    const gid = idOf('-g', name);
    if (uid && gid !== undefined) return { name, uid, gid };
  }
  throw new ToolError(
    `Postgres does not run as root, and there is no account ${UNPRIVILEGED.join(' or ')} ` +
      'for it. Run this as another user.',
  );
}

/** Returns spawn options with a working folder that every account may enter. */
export const asAccount = (account?: Account): SpawnOptions & { cwd: string } => ({
  cwd: parse(process.cwd()).root,
  ...(account && { uid: account.uid, gid: account.gid }),
});

/** Returns whether the account can enter a folder. It tries, since modes alone miss ACLs and mounts. */
export function canEnter(folder: string, account?: Account): boolean {
  if (!account) return true;
  const tried = spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], {
    ...asAccount(account),
    stdio: 'ignore',
  });
  return tried.status === 0;
}

function idOf(flag: '-u' | '-g', name: string): number | undefined {
  const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : undefined;
}
