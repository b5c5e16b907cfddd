import { z } from 'zod';
import {
  flag,
  host,
  kafkaSettings,
  listWithout,
  port,
  postgresUrl,
  schemaName,
  sharedSettings,
  wholeNumber,
} from '@app/config';
import { LIMITS } from '@app/contracts';
import { clientNameFault } from '@app/tls';
import { MAX_SEEDED_SKUS, seedStock } from './seed-stock';

/** All settings of Inventory. `.env.example` is generated from them. */
export const inventorySettings = z.object({
  INVENTORY_GRPC_HOST: host()
    .default('127.0.0.1')
    .describe(
      'Address that gRPC listens on. Beyond loopback, such as 0.0.0.0 in a container, only with TLS.',
    ),
  INVENTORY_GRPC_PORT: port().default(9090).describe('Port that gRPC listens on.'),
  INVENTORY_MAX_CONNECTIONS: wholeNumber(1, 100_000, 'connections')
    .default(1_000)
    .describe(
      `Maximum number of gRPC connections. One more closes the longest unused connection of the client
address that has the most.`,
    ),
  INVENTORY_MAX_CONNECTION_AGE_SECONDS: wholeNumber(1, 86_400, 'seconds')
    .default(300)
    .describe(
      `Age at which a gRPC connection is replaced, so that clients find new instances. Calls in progress
finish. An idle connection is closed after half of this time.`,
    ),
  INVENTORY_KEEPALIVE_SECONDS: wholeNumber(1, 3_600, 'seconds')
    .default(20)
    .describe(
      'Interval of the pings that find dead clients. One that does not answer within 5 s is disconnected.',
    ),
  INVENTORY_TLS_CERT_FILE: z
    .string()
    .optional()
    .describe(
      `PEM file with the certificate of this server, and with those between it and its authority. It is read
again when it changes, as the files below are. Default: without TLS.`,
    ),
  INVENTORY_TLS_KEY_FILE: z
    .string()
    .optional()
    .describe('PEM file with the key of that certificate, without a passphrase.'),
  INVENTORY_TLS_CLIENT_CA_FILE: z
    .string()
    .optional()
    .describe(
      `PEM file with the certificates of the authorities that sign those of clients. With it, every client
needs a certificate.`,
    ),
  INVENTORY_ALLOWED_CLIENTS: listWithout(clientNameFault).describe(
    `DNS names or URIs of the clients that may call, separated by commas, such as
orders.internal,spiffe://quickbite/cli. A client's certificate has one as subject alternative name. Empty:
every client with a certificate.`,
  ),
  INVENTORY_ADJUSTMENT_CLIENTS: listWithout(clientNameFault).describe(
    `DNS names or URIs of the clients that may adjust stock and set thresholds. Empty: every client that may
call.`,
  ),
  INVENTORY_ALLOW_PLAINTEXT: flag('false').describe(
    `Whether to listen beyond loopback without TLS. Every program that reaches the address can then change
stock.`,
  ),
  INVENTORY_ALLOW_ANY_CLIENT: flag('false').describe(
    `Whether to listen beyond loopback with TLS, but without certificates of the clients. Every program that
reaches the address can then change stock.`,
  ),
  INVENTORY_REFLECTION: z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .optional()
    .describe(
      'Whether to serve gRPC reflection. Default: unless NODE_ENV is production, as in the images.',
    ),
  INVENTORY_DATABASE_URL: postgresUrl().describe(
    `Inventory's own Postgres 14 to 18, with the role that Inventory works as. Unless that role owns
the tables, it cannot change the ledger. Required, but in a checkout the default is the embedded
Postgres of \`npm run db\`.`,
  ),
  INVENTORY_OWNER_DATABASE_URL: postgresUrl()
    .optional()
    .describe(
      `The same database, with the role that owns the tables. It migrates, creates the role above if it
does not exist, and grants its privileges. Without this setting the role above is the owner.`,
    ),
  INVENTORY_DATABASE_SCHEMA: schemaName()
    .optional()
    .describe(
      'Schema with the tables. Needed only if several schemas of the database have such tables.',
    ),
  INVENTORY_DATABASE_POOL_SIZE: wholeNumber(2, 200, 'connections')
    .default(10)
    .describe('Maximum number of connections for decisions, which use one at a time.'),
  INVENTORY_DATABASE_READ_POOL_SIZE: wholeNumber(1, 50, 'connections')
    .default(4)
    .describe(
      `Maximum number of further connections, for the reads of clients: stock, movements, watches. While
stock is reserved, these reads take turns with rests.`,
    ),
  INVENTORY_DATABASE_TIMEOUT_MS: wholeNumber(100, 600_000, 'milliseconds')
    .default(5_000)
    .describe('Timeout of one statement, and of waiting for a connection.'),
  INVENTORY_MIGRATE_ON_START: flag('true').describe(
    'Migrate the schema at start. Safe with many instances.',
  ),
  INVENTORY_SEED_STOCK: seedStock()
    .optional()
    .describe(
      `Initial stock of an empty database, as SKU=units,SKU=units: at most ${MAX_SEEDED_SKUS} SKUs with at most
${LIMITS.maxOnHand} units each. Ignored once there is stock.`,
    ),
  INVENTORY_SWEEP_INTERVAL_MS: wholeNumber(10, 3_600_000, 'milliseconds')
    .default(1_000)
    .describe(
      'Interval between two searches for expired holds. Orders that need their units do not wait for it.',
    ),
  INVENTORY_TOMBSTONE_RETENTION_HOURS: wholeNumber(1, 87_600, 'hours')
    .default(720)
    .describe(
      'How long the release of an unknown reservation is recorded. New reservations with an older UUIDv7 id are rejected.',
    ),
  INVENTORY_EVENT_RETENTION_HOURS: wholeNumber(1, 87_600, 'hours')
    .default(168)
    .describe(
      `How long events stay in the log. Events that a sink has not delivered yet are kept for longer, unless
the sink has been switched off for so long.`,
    ),
  ...kafkaSettings('INVENTORY'),
  ...sharedSettings,
});

export type InventoryConfig = z.output<typeof inventorySettings>;
