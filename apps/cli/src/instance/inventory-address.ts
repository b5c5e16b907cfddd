import { z } from 'zod';
import { hostAndPortFault, hostPort, loadConfig } from '@app/config';
import { type ClientSecurity, clientSecurityOf, clientTlsSettings } from '@app/tls';
import { inventorySettings } from '../../../inventory/src/inventory.config';
import { UsageError } from '../command-line/command-error';
import { cliSettings } from '../cli.config';
import { readSettings } from './settings-source';

/** Inventory's gRPC address, as a command reaches it. */
export interface InventoryTarget {
  readonly address: string;
  /** Where the address comes from, in words. */
  readonly source: string;
}

const LISTEN_SETTINGS = { INVENTORY_GRPC_HOST: true, INVENTORY_GRPC_PORT: true } as const;

/** Returns the address that `--address` names, or else that of the first source in readSettings. */
export async function findInventory(option: string | undefined): Promise<InventoryTarget> {
  if (option !== undefined) {
    const fault = hostAndPortFault(option);
    if (fault === undefined) return { address: option, source: '--address' };
    throw new UsageError(`--address ${fault}, but it is "${option}".`);
  }
  const { values, source } = await readSettings({
    names: ['CLI_INVENTORY_ADDRESS', ...Object.keys(LISTEN_SETTINGS)],
    fromInstance: ({ inventoryAddress }) =>
      inventoryAddress ? { CLI_INVENTORY_ADDRESS: inventoryAddress } : undefined,
  });
  const { CLI_INVENTORY_ADDRESS: address } = loadConfig(cliSettings, values);
  if (address) return { address, source };
  const listen = loadConfig(inventorySettings.pick(LISTEN_SETTINGS), values);
  return { address: reachableAt(listen.INVENTORY_GRPC_HOST, listen.INVENTORY_GRPC_PORT), source };
}

/** Returns how the cli secures its connection to an address of Inventory. Throws if its settings are wrong. */
export async function inventorySecurity(address: string): Promise<ClientSecurity> {
  const tls = clientTlsSettings('CLI');
  const { values } = await readSettings({
    names: Object.keys(tls),
    fromInstance: () => undefined,
  });
  return clientSecurityOf('CLI', loadConfig(z.object(tls), values), address);
}

/** Returns the address under which this machine reaches a service that listens on `host`. */
export function reachableAt(host: string, port: number): string {
  return hostPort({ '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host, port);
}
