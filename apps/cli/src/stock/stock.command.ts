/**
 * `npm run stock -- import | export | adjust | list`: corrects and tells the stock through
 * Inventory's own calls, so that every change is checked, recorded in the ledger and safe to repeat.
 */
import { loadEnvironment } from '../../../../tools/launch-settings';
import { print, runTool, ToolError } from '../../../../tools/tool';
import { adjustCommand } from './adjust.command';
import type { Command } from './stock-options';
import { exportCommand } from './export.command';
import { importCommand } from './import.command';
import { listCommand } from './list.command';

const COMMANDS: Readonly<Record<string, Command>> = {
  import: importCommand,
  export: exportCommand,
  adjust: adjustCommand,
  list: listCommand,
};

const USAGE = `Usage: npm run stock -- <command> [arguments]

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(8)}${summary}`)
  .join('\n')}

npm run stock -- <command> --help says more.`;

const asksForHelp = (args: readonly string[]): boolean =>
  args.some((argument) => argument === '--help' || argument === '-h');

const usageFault = (name: string): ToolError =>
  new ToolError(`${name ? `There is no command "${name}".` : 'Which command?'}\n\n${USAGE}`);

runTool(async () => {
  const [name = '', ...args] = process.argv.slice(2);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command && !asksForHelp(args)) {
    loadEnvironment();
    await command.run(args);
  } else if (command) {
    print(command.usage);
  } else if (name === 'help' || asksForHelp([name])) {
    print(USAGE);
  } else {
    throw usageFault(name);
  }
});
