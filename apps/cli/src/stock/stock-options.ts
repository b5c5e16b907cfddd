import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { LIMITS, storableTextFault } from '@app/contracts';
import { UsageError } from '../command-line/command-error';

/** Options of every stock command, as commander parses them. */
export interface AddressOption {
  readonly address?: string;
}

/** Adds `--address`, which all stock commands have. */
export const addAddressOption = (command: Command): Command =>
  command.option(
    '--address <host:port>',
    "Inventory's gRPC address (default: see the help of the stock command)",
  );

/** Returns the actor for the ledger: the one named, or else the user who runs the command. */
export function actorFrom(option: string | undefined): string {
  const actor = option ?? systemUser().slice(0, LIMITS.maxActorLength);
  return validated('--actor', actor, storableTextFault(1, LIMITS.maxActorLength));
}

/** Returns the reason for the ledger. */
export const reasonFrom = (reason: string): string =>
  validated('--reason', reason, storableTextFault(1, LIMITS.maxReasonLength));

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

/** A container may run as a user id that its system has no name for. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? process.env.USERNAME ?? 'unknown';
  }
}
