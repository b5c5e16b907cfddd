import { Command } from 'commander';
import { addHelpConventions, paragraphs } from './command-line/help';
import { addMigrationCommands } from './migrations/migrations.command';
import { addStockCommands } from './stock/stock.command';
import { addVerifyCommand } from './verify/verify.command';

/** Returns the complete command line of the operator: every command with its options and help. */
export const createProgram = (): Command => {
  const program = new Command('quickbite');
  addHelpConventions(program);
  program.description(
    paragraphs(
      'Commands for operators of QuickBite.',
      'Exit codes: 0 success; 1 the command failed, or verify found differences; 2 wrong ' +
        'usage, or verify could not read a database.',
    ),
  );
  addStockCommands(program);
  addVerifyCommand(program);
  addMigrationCommands(program);
  return program;
};
