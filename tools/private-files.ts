import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { errorCode, ToolError } from './tool';

/** For the owner only. */
const PRIVATE_FILE_MODE = 0o600;

/**
 * Other users can neither list nor enter the folder. As root they can enter it, because the server has an
 * account of its own and must reach its data. They still cannot list it.
 */
const privateFolderMode = (): number => (process.getuid?.() === 0 ? 0o711 : 0o700);

/** Creates the folder if it does not exist, and closes it to other users. */
export async function openPrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: privateFolderMode() });
  await chmod(folder, privateFolderMode()).catch((error: unknown) => {
    if (errorCode(error) !== 'EPERM') throw error;
    throw new ToolError(
      `${folder} belongs to another user. ` +
        'Run the command as that user, or let that user delete the folder.',
    );
  });
}

/** Replaces a file that only its owner may read. Readers see the old content or the new one. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, text, { mode: PRIVATE_FILE_MODE, flag: 'wx' });
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}
