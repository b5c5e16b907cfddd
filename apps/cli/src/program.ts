import { Command } from 'commander';
import { addAuditCommands } from './audit/audit.command';
import { addHelpConventions, paragraphs } from './command-line/help';
import { addEventCommands } from './events/events.command';
import { addKeyCommands } from './keys/keys.command';
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
  addEventCommands(program);
  addKeyCommands(program);
  addAuditCommands(program);
  addMigrationCommands(program);
  return program;
};
