import { z } from 'zod';
import {
  addressRanges,
  flag,
  host,
  hostAndPorts,
  kafkaSettings,
  port,
  postgresUrl,
  publicHosts,
  schemaName,
  sharedSettings,
  webOrigins,
  wholeNumber,
} from '@app/config';
import { clientTlsSettings } from '@app/tls';
import { accessSettings } from './access/access.config';
import { limitsSettings } from './limits/limits.config';

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
    .describe(
      'Maximum number of connections. A further one replaces one for which there is no work.',
    ),
  ...accessSettings,
  ORDERS_CORS_ORIGINS: webOrigins().describe(
    `Origins of web pages that may use the API in a browser, separated by commas, such as
https://shop.example,http://localhost:5173. By default only pages of Orders itself may.`,
  ),
  ORDERS_PUBLIC_HOSTS: publicHosts().describe(
    `DNS names of Orders, separated by commas, such as shop.example. Requests for other names are rejected, so
that no web page reaches Orders under a name of its own; addresses and localhost are always accepted.
Default: no other name on loopback, and any name beyond it.`,
  ),
  ORDERS_TRUSTED_PROXIES: addressRanges().describe(
    `Addresses or ranges of the reverse proxies whose X-Forwarded-Proto, -Host, -Prefix and -For count,
separated by commas, such as 10.0.0.0/8,127.0.0.1. By default these headers are ignored.`,
  ),
  ...limitsSettings,
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
  ...clientTlsSettings('ORDERS'),
  ORDERS_INVENTORY_TIMEOUT_MS: wholeNumber(10, 60_000, 'milliseconds')
    .default(400)
    .describe('How long a request waits for Inventory before it returns 202 PENDING.'),
  ORDERS_ACCEPT_BY_SECONDS: wholeNumber(1, 86_400, 'seconds')
    .default(30)
    .describe('How long an order may be PENDING before it is cancelled.'),
  ORDERS_CONFIRMED_EXPIRY_SECONDS: wholeNumber(0, 31_536_000, 'seconds')
    .default(0)
    .describe(
      `How long an order may stay CONFIRMED, from its confirmation or its last reduction on, before it is
cancelled and its units are available again. 0: without end.`,
    ),
  ORDERS_PARK_AFTER_REFUSALS: wholeNumber(1, 1_000, 'refusals')
    .default(10)
    .describe('How often Inventory may reject the call of an order before the order is parked.'),
  ORDERS_EVENT_RETENTION_HOURS: wholeNumber(1, 87_600, 'hours')
    .default(168)
    .describe(
      `How long events stay in the log. Events that a sink has not delivered yet are kept for longer, unless
the sink has been switched off for so long.`,
    ),
  ORDERS_WEBHOOK_ALLOW_PRIVATE: flag('false').describe(
    `Whether webhooks may be at addresses that are not public, such as those of this machine or of the
internal network. For development: \`npm start\` sets it.`,
  ),
  ORDERS_WEBHOOK_CONCURRENCY: wholeNumber(2, 64, 'requests')
    .default(8)
    .describe('Maximum number of requests in flight to one webhook, each about another order.'),
  ORDERS_WEBHOOK_CONNECT_TIMEOUT_MS: wholeNumber(100, 60_000, 'milliseconds')
    .default(3_000)
    .describe('How long a webhook may take to accept a connection, with TLS.'),
  ORDERS_WEBHOOK_TIMEOUT_MS: wholeNumber(100, 60_000, 'milliseconds')
    .default(10_000)
    .describe('How long a webhook may take to respond, from the begin of the attempt.'),
  ORDERS_WEBHOOK_RETRY_MIN_MS: wholeNumber(10, 3_600_000, 'milliseconds')
    .default(5_000)
    .describe(
      `Pause after the first failed attempt to deliver an event. It grows threefold with each further one.`,
    ),
  ORDERS_WEBHOOK_RETRY_MAX_SECONDS: wholeNumber(1, 86_400, 'seconds')
    .default(3_600)
    .describe('The longest pause between two attempts.'),
  ORDERS_WEBHOOK_PARK_AFTER_SECONDS: wholeNumber(1, 2_592_000, 'seconds')
    .default(86_400)
    .describe(
      `How long a delivery is attempted before it is parked, from its first failure. Later events of the
same order then wait until it is redelivered or discarded.`,
    ),
  ORDERS_WEBHOOK_DISABLE_AFTER_SECONDS: wholeNumber(1, 31_536_000, 'seconds')
    .default(432_000)
    .describe('How long deliveries to a webhook may only fail before it is disabled.'),
  ORDERS_LOG_ACTIVITY: flag('false').describe(
    `Whether to log the orders per second by outcome, one line in 6 s while there are orders. For
development: \`npm start\` sets it.`,
  ),
  ...kafkaSettings('ORDERS'),
  ...sharedSettings,
});

export type OrdersConfig = z.output<typeof ordersSettings>;
