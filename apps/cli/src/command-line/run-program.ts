import { type Command, CommanderError } from 'commander';
import { CommandError, USAGE_EXIT_CODE } from './command-error';
import { reportFailure } from './output';

/** Runs the command that the arguments name, reports its failure and sets the exit code. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<void> {
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed the fault or the help. It ends every fault with 1.
      process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
      return;
    }
    reportFailure(error);
    process.exitCode = error instanceof CommandError ? error.exitCode : 1;
  }
}
