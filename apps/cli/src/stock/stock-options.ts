import { userInfo } from 'node:os';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { LIMITS, storableTextFault } from '@app/contracts';
import { launchSettings, reachableAt } from '../../../../tools/launch-settings';
import { errorCode, ToolError } from '../../../../tools/tool';

/** One of the things that `npm run stock` does. */
export interface Command {
  readonly summary: string;
  readonly usage: string;
  run(args: readonly string[]): Promise<void>;
}

type Options = NonNullable<ParseArgsConfig['options']>;

export const wrongUsage = (fault: string, usage: string): ToolError =>
  new ToolError(`${fault}\n\n${usage}`);

/** What was given on the command line; a fault in it is told together with how it is meant. */
export function parseArguments<const Known extends Options>(
  args: readonly string[],
  options: Known,
  usage: string,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    if (!String(errorCode(error)).startsWith('ERR_PARSE_ARGS')) throw error;
    throw wrongUsage((error as Error).message, usage);
  }
}

export const ADDRESS_OPTION = { address: { type: 'string' } } as const;

export const ADDRESS_USAGE = `  --address HOST:PORT  where Inventory is; by default INVENTORY_GRPC_HOST and
                       INVENTORY_GRPC_PORT, and 127.0.0.1:9090 without them`;

/** Where to call Inventory. */
export function inventoryAddress(given: string | undefined, usage: string): string {
  if (given === undefined) return reachableAt(launchSettings().inventory);
  if (/^[^\s:]+:\d{1,5}$|^\[[0-9a-fA-F:.]+\]:\d{1,5}$/.test(given)) return given;
  throw wrongUsage(`--address must be HOST:PORT, such as 127.0.0.1:9090, not "${given}".`, usage);
}

/** Who the ledger says it was: the one who runs this, unless another is named. */
export function actorNamed(given: string | undefined, usage: string): string {
  const actor = given ?? systemUser().slice(0, LIMITS.maxActorLength);
  const fault = storableTextFault(1, LIMITS.maxActorLength)(actor);
  if (fault === undefined) return actor;
  throw wrongUsage(`--actor ${fault}.`, usage);
}

/** The reason for the ledger, as given. */
export function reasonGiven(reason: string, usage: string): string {
  const fault = storableTextFault(1, LIMITS.maxReasonLength)(reason);
  if (fault === undefined) return reason;
  throw wrongUsage(`--reason ${fault}.`, usage);
}

/** A container may run as a user that its system has no name for. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? process.env.USERNAME ?? 'unknown';
  }
}
