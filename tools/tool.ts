import { resolve } from 'node:path';
import { ConfigError } from '@app/config';

/** The top of the clone; everything the tools read or write is found from here. */
export const projectRoot = resolve(__dirname, '..');

/** What a run leaves behind on this machine: the databases and who is running. Not under git. */
export const stateDirectory = resolve(projectRoot, '.quickbite');

export const postgresDirectory = resolve(stateDirectory, 'postgres');

/** The services' default database URLs name this port, so `npm run db` needs no configuration. */
export const PREFERRED_POSTGRES_PORT = 54329;

/** A failure whose message tells the reader what to do next, so no stack trace is shown with it. */
export class ToolError extends Error {}

export type Log = (line: string) => void;

export const print: Log = (line) => console.log(line);

/** Runs a command-line tool: exit code 0 when it ends well, unless it sets its own. */
export function runTool(main: () => Promise<void>, failureCode = 1): void {
  survivesClosedTerminal();
  main().catch((error: unknown) => {
    reportFailure(error);
    process.exitCode = failureCode;
  });
}

export function reportFailure(error: unknown): void {
  const saysItAll = error instanceof ToolError || error instanceof ConfigError;
  console.error(saysItAll ? `\n${error.message}` : error);
}

/** Where a host has several addresses, there is an error about each of them. */
export const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
};

/** A tool whose terminal is gone must still stop what it started, though nobody reads its words. */
function survivesClosedTerminal(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/** Not by `instanceof`: under Jest the errors of Node itself are of another realm's class. */
export const errorCode = (error: unknown): unknown =>
  (error as { code?: unknown } | undefined)?.code;
