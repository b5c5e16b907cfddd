import { ConfigError } from '@app/config';
import { CommandError } from './command-error';

export type Log = (line: string) => void;

export const print: Log = (line) => console.log(line);

/** Prints what is not a result, such as the target of a command, so that stdout can be piped. */
export const printNote: Log = (line) => console.error(line);

/**
 * Prints an expected failure as its message, and any other with its stack trace. It does not print other
 * properties: that of an invalid URL contains the password.
 */
export function reportFailure(error: unknown): void {
  const isExpected = error instanceof CommandError || error instanceof ConfigError;
  console.error(isExpected ? `\n${error.message}` : stackOf(error));
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const causes: unknown[] = error instanceof AggregateError ? error.errors : [error.cause];
  const present = causes.filter((cause) => cause !== undefined);
  const traces = present.map((cause) => `caused by ${stackOf(cause)}`);
  return [error.stack ?? error.message, ...traces].join('\n');
}

/** Returns the message of an error. A host with several addresses fails with one error for each. */
export const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
};

/** Returns the code of an error. Not by `instanceof`: under Jest, Node's errors are of another realm. */
export const errorCode = (error: unknown): unknown =>
  (error as { code?: unknown } | undefined)?.code;

/** Keeps the process alive when its terminal is closed, so that it still stops what it started. */
export function ignoreClosedTerminal(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}
