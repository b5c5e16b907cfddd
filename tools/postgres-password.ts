import { createHmac, randomBytes } from 'node:crypto';
import { chmod, readFile, rm } from 'node:fs/promises';
import { writePrivateFile } from './private-files';
import { errorCode } from './tool';

/** The administrator of the embedded Postgres. Only the tools work as this role. */
export const SUPERUSER = 'quickbite';

const RANDOM_BYTES = 24;

/** Beside the data, so that neither the server's account nor a copy of the data has it. */
const fileOf = (directory: string): string => `${directory}.password`;

export const newPassword = (): string => randomBytes(RANDOM_BYTES).toString('hex');

/** Returns the password of another role, which that role cannot use to learn the administrator's. */
export const passwordOf = (role: string, administratorPassword: string): string =>
  createHmac('sha256', administratorPassword).update(role).digest('hex');

/** Returns the administrator's password for the data at `directory`. Undefined if there is none. */
export async function readPassword(directory: string): Promise<string | undefined> {
  const file = fileOf(directory);
  try {
    await chmod(file, 0o600);
    return (await readFile(file, 'utf8')).trim() || undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export const writePassword = (directory: string, password: string): Promise<void> =>
  writePrivateFile(fileOf(directory), `${password}\n`);

export const removePassword = (directory: string): Promise<void> =>
  rm(fileOf(directory), { force: true });
