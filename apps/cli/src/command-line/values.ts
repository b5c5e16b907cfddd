import { userInfo } from 'node:os';
import { UsageError } from './command-error';

/** Returns the value of an argument or option, or throws a UsageError that states its fault. */
export function validated(
  name: string,
  value: string,
  faultOf: (value: string) => string | undefined,
): string {
  const fault = faultOf(value);
  if (fault === undefined) return value;
  throw new UsageError(`${name} ${fault}${value === '' ? '' : `, but it is "${value}"`}.`);
}

/**
 * Returns the user who runs the command. A container may run as a user id that its system has no name for.
 */
export function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? process.env.USERNAME ?? 'unknown';
  }
}
