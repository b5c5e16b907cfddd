import { z } from 'zod';
import { hostAndPort } from '@app/config';
import { clientTlsSettings } from '@app/tls';

/** The settings of the cli itself. It also reads the database URLs of both services. */
export const cliSettings = z.object({
  CLI_INVENTORY_ADDRESS: hostAndPort()
    .optional()
    .describe(
      `Inventory's gRPC address for the stock commands, as host:port. If it is not set, they use
INVENTORY_GRPC_HOST and INVENTORY_GRPC_PORT.`,
    ),
  ...clientTlsSettings('CLI'),
});
