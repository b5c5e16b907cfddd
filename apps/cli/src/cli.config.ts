import { z } from 'zod';

/** One address with a port. An IPv6 address is in brackets. */
export const HOST_AND_PORT = /^[^\s:]+:\d{1,5}$|^\[[0-9a-fA-F:.]+\]:\d{1,5}$/;

/** The settings of the cli itself. It also reads the database URLs of both services. */
export const cliSettings = z.object({
  CLI_INVENTORY_ADDRESS: z
    .string()
    .regex(HOST_AND_PORT, 'must be host:port, such as 127.0.0.1:9090')
    .optional()
    .describe(
      `Inventory's gRPC address for the stock commands, as host:port. If it is not set, they use
INVENTORY_GRPC_HOST and INVENTORY_GRPC_PORT.`,
    ),
});
