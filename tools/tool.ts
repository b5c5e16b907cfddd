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

/** An expected failure of a developer tool. Its message names the fault and the remedy. */
export class ToolError extends CommandError {}

/** Runs a tool and sets the exit code: 0 on success, unless the tool sets another. */
export function runTool(main: () => Promise<void>): void {
  ignoreClosedTerminal();
  main().catch((error: unknown) => {
    reportFailure(error);
    process.exitCode = 1;
  });
}
