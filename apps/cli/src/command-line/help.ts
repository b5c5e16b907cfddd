import type { Command, OptionValues } from 'commander';
import { UsageError } from './command-error';
import { invocationOf } from './invocation';

export interface CommandTexts {
  /** One line for the list of commands. */
  readonly summary: string;
  readonly description: string;
  /** Arguments of complete calls, each with what it does. */
  readonly examples: readonly (readonly [args: string, purpose: string])[];
}

/** Joins paragraphs of a description. Commander wraps them to the width of the terminal. */
export const paragraphs = (...texts: readonly string[]): string => texts.join('\n\n');

/** Sets how every command below `program` shows its usage and its faults. */
export function addHelpConventions(program: Command): void {
  program
    .exitOverride()
    .showHelpAfterError()
    .helpCommand(false)
    .configureHelp({
      commandUsage: (command) => `${invocationOf(...pathOf(command))} ${command.usage()}`,
    });
}

/** Adds a command with its help. The caller adds arguments, options and the action. */
export function addCommand(parent: Command, name: string, texts: CommandTexts): Command {
  const command = parent
    .command(name)
    .helpCommand(false)
    .summary(texts.summary)
    .description(texts.description);
  const path = pathOf(command);
  return command.addHelpText('after', () => {
    const lines = texts.examples.map(([args, purpose]) => {
      const words = args === '' ? path : [...path, args];
      return `  # ${purpose}\n  ${invocationOf(...words)}`;
    });
    return `\nExamples:\n${lines.join('\n')}`;
  });
}

/** Sets the action of a command. A UsageError in it is printed like commander's own faults. */
export function setAction(
  command: Command,
  run: (args: readonly string[], options: OptionValues) => Promise<void>,
): void {
  command.action(async () => {
    try {
      await run(command.args, command.opts());
    } catch (error) {
      if (error instanceof UsageError) command.error(`error: ${error.message}`);
      throw error;
    }
  });
}

function pathOf(command: Command): string[] {
  return command.parent ? [...pathOf(command.parent), command.name()] : [];
}
