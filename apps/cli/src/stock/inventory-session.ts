import type { ServiceError } from '@grpc/grpc-js';
import { CommandError } from '../command-line/command-error';
import { printNote } from '../command-line/output';
import {
  findInventory,
  inventorySecurity,
  type InventoryTarget,
} from '../instance/inventory-address';
import { describeGrpcError, isServiceError, StockAdminClient } from './stock-admin.client';

/** Long enough for a cold connection, and short enough for the operator who waits for it. */
const PROBE_TIMEOUT_MS = 5_000;

/**
 * Prints which Inventory the command talks to and why that one, checks that it responds, and then
 * does `work` with it.
 */
export async function withInventory<Result>(
  addressOption: string | undefined,
  work: (client: StockAdminClient) => Promise<Result>,
): Promise<Result> {
  const target = await findInventory(addressOption);
  printNote(`Inventory at ${target.address} (${target.source})`);
  const client = new StockAdminClient(target.address, await inventorySecurity(target.address));
  try {
    await client
      .list({ pageSize: 1, pageToken: '', prefix: '' }, PROBE_TIMEOUT_MS)
      .catch((error: unknown) => {
        throw isServiceError(error) ? unreachable(target, error) : error;
      });
    return await work(client);
  } finally {
    client.close();
  }
}

const unreachable = ({ address }: InventoryTarget, error: ServiceError): CommandError =>
  new CommandError(
    `Inventory does not respond at ${address} (${describeGrpcError(error)}).\n` +
      'Start it (in a checkout: npm start), or name its address: --address HOST:PORT, or\n' +
      'CLI_INVENTORY_ADDRESS in the environment or in .env.',
    { cause: error },
  );
