import { rm } from 'node:fs/promises';
import { withWaitIndicator } from '../apps/cli/src/command-line/wait-indicator';
import { stopLeftover } from './embedded-postgres';
import { alreadyRunning, runningInstance } from './instance';
import { removeHome, removePlaceOutside } from './postgres-home';
import { errorCode, postgresDirectory, print, runTool, stateDirectory, ToolError } from './tool';

/** `npm run db:reset`: deletes the data of this checkout, as in a new clone. */
async function main(): Promise<void> {
  const other = await runningInstance();
  if (other) throw alreadyRunning(other);
  try {
    await withWaitIndicator('Deleting the data', async () => {
      await stopLeftover(postgresDirectory, print);
      await removeHome(postgresDirectory);
    });
    await removePlaceOutside();
    await rm(stateDirectory, { recursive: true, force: true });
  } catch (error) {
    if (errorCode(error) !== 'EACCES' && errorCode(error) !== 'EPERM') throw error;
    throw new ToolError(`This user cannot delete the data: ${String(error)}\nRun this as root.`);
  }
  print('All orders, stock and settings of the embedded Postgres are deleted.');
}

runTool(main);
