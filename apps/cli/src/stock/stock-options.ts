import type { Command } from 'commander';
import { actorFault, LIMITS, storableTextFault } from '@app/contracts';
import { systemUser, validated } from '../command-line/values';

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
  return validated('--actor', actor, actorFault);
}

/** Returns the reason for the ledger. */
export const reasonFrom = (reason: string): string =>
  validated('--reason', reason, storableTextFault(1, LIMITS.maxReasonLength));
