import { z } from 'zod';
import {
  flag,
  host,
  hostAndPorts,
  port,
  postgresUrl,
  schemaName,
  sharedSettings,
  wholeNumber,
} from '@app/config';

/** All settings of Orders. `.env.example` is generated from them. */
export const ordersSettings = z.object({
  ORDERS_HTTP_HOST: host()
    .default('127.0.0.1')
    .describe('Address that HTTP listens on. 0.0.0.0 in a container.'),
  ORDERS_HTTP_PORT: port().default(8080).describe('Port that HTTP listens on.'),
  ORDERS_HTTP_KEEP_ALIVE_TIMEOUT_MS: wholeNumber(1_000, 3_600_000, 'milliseconds')
    .default(75_000)
    .describe(
      `How long an idle connection stays open. Set it to longer than the idle timeout of the load
balancer, which otherwise sends requests on connections that are being closed.`,
    ),
  ORDERS_HTTP_MAX_CONNECTIONS: wholeNumber(16, 1_000_000, 'connections')
    .default(5_000)
    .describe('Maximum number of connections. A further one replaces one that serves no request.'),
  ORDERS_MAX_REQUESTS_IN_FLIGHT: wholeNumber(1, 100_000, 'requests')
    .default(1_024)
    .describe(
      `Maximum number of writes in flight, and of reads. For writes it is lower while they are slow.
Twice as many writes wait for a place. Further requests are rejected at once, with 503.`,
    ),
  ORDERS_QUEUE_TIMEOUT_MS: wholeNumber(0, 60_000, 'milliseconds')
    .default(2_000)
    .describe(
      `How long a write without a Request-Timeout-Ms header waits for a place before it is rejected with
503.`,
    ),
  ORDERS_DATABASE_URL: postgresUrl().describe(
    `Orders' own Postgres 14 to 18, with the role that Orders works as. Unless that role owns the
tables, it can neither delete orders nor change their timelines. Required, but in a checkout the
default is the embedded Postgres of \`npm run db\`.`,
  ),
  ORDERS_OWNER_DATABASE_URL: postgresUrl()
    .optional()
    .describe(
      `The same database, with the role that owns the tables. It migrates, creates the role above if it
does not exist, and grants its privileges. Without this setting the role above is the owner.`,
    ),
  ORDERS_DATABASE_SCHEMA: schemaName()
    .optional()
    .describe(
      'Schema with the tables. Needed only if several schemas of the database have such tables.',
    ),
  ORDERS_DATABASE_POOL_SIZE: wholeNumber(2, 200, 'connections')
    .default(10)
    .describe('Maximum number of connections for decisions. Writes use two to six at a time.'),
  ORDERS_DATABASE_READ_POOL_SIZE: wholeNumber(1, 50, 'connections')
    .default(4)
    .describe(
      `Maximum number of further connections, for the reads of clients: lists, orders, timelines. While
orders are written, these reads take turns with rests.`,
    ),
  ORDERS_DATABASE_TIMEOUT_MS: wholeNumber(100, 600_000, 'milliseconds')
    .default(5_000)
    .describe('Timeout of one statement, and of getting a connection.'),
  ORDERS_MIGRATE_ON_START: flag('true').describe(
    'Whether to run pending migrations at start. Safe with many instances.',
  ),
  ORDERS_INVENTORY_ADDRESS: hostAndPorts()
    .default('127.0.0.1:9090')
    .describe(
      `Address of Inventory, as host:port. For several instances: a DNS name with all of their addresses,
or IPv4 addresses with ports, separated by commas.`,
    ),
  ORDERS_INVENTORY_TIMEOUT_MS: wholeNumber(10, 60_000, 'milliseconds')
    .default(400)
    .describe('How long a request waits for Inventory before it returns 202 PENDING.'),
  ORDERS_ACCEPT_BY_SECONDS: wholeNumber(1, 86_400, 'seconds')
    .default(30)
    .describe('How long an order may be PENDING before it is cancelled.'),
  ORDERS_PARK_AFTER_REFUSALS: wholeNumber(1, 1_000, 'refusals')
    .default(10)
    .describe('How often Inventory may reject the call of an order before the order is parked.'),
  ...sharedSettings,
});

export type OrdersConfig = z.output<typeof ordersSettings>;
