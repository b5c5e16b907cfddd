export interface CommandErrorOptions extends ErrorOptions {
  readonly exitCode?: number;
}

/** An expected failure. Its message names the fault and the remedy, so no stack trace is printed. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, { exitCode = 1, ...options }: CommandErrorOptions = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

export const USAGE_EXIT_CODE = 2;

/** An argument or option is missing or wrong. It is printed above the help of its command. */
export class UsageError extends CommandError {
  constructor(message: string) {
    super(message, { exitCode: USAGE_EXIT_CODE });
  }
}
