import { type SpawnOptions, spawnSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { parse } from 'node:path';
import { ToolError } from './tool';

/** Whom the server runs as, when that is not the present user. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Accounts that systems have anyway; the tools never create one. */
const UNPRIVILEGED = ['postgres', 'nobody'];

/**
 * Postgres refuses to run as root, so root lends it another account: the one that owns the data
 * already, or else one without rights. Undefined for everybody else, who run it as themselves.
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
      'to lend it. Run this as another user.',
  );
}

/** Spawn options. The working folder is one that every account may enter. */
export const asAccount = (account?: Account): SpawnOptions & { cwd: string } => ({
  cwd: parse(process.cwd()).root,
  ...(account && { uid: account.uid, gid: account.gid }),
});

/** Tried rather than computed from the modes of all parents, which would miss ACLs and mounts. */
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
