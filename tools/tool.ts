import { resolve } from 'node:path';
import { CommandError } from '../apps/cli/src/command-line/command-error';
import {
  errorCode,
  ignoreClosedTerminal,
  type Log,
  messageOf,
  print,
  reportFailure,
} from '../apps/cli/src/command-line/output';

export { errorCode, type Log, messageOf, print, reportFailure };

/** The top of the checkout. Tools find everything that they read or write from here. */
export const projectRoot = resolve(__dirname, '..');

/** The databases and the running instance of this checkout. Ignored by git. */
export const stateDirectory = resolve(projectRoot, '.quickbite');

export const postgresDirectory = resolve(stateDirectory, 'postgres');

/** The default database URLs of the services have this port, so `npm run db` needs no configuration. */
export const PREFERRED_POSTGRES_PORT = 54329;

/** An expected failure of a developer tool. Its message names the fault and the remedy. */
export class ToolError extends CommandError {}

/** Runs a tool and sets the exit code: 0 on success, unless the tool sets another. */
export function runTool(main: () => Promise<void>, failureCode = 1): void {
  ignoreClosedTerminal();
  main().catch((error: unknown) => {
    reportFailure(error);
    process.exitCode = failureCode;
  });
}
