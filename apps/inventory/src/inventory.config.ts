import { z } from 'zod';
import {
  flag,
  host,
  port,
  postgresUrl,
  schemaName,
  sharedSettings,
  wholeNumber,
} from '@app/config';

const SEED = /^([A-Za-z0-9._-]{1,64}=\d{1,9})(,[A-Za-z0-9._-]{1,64}=\d{1,9})*$/;

const namesEachOnce = (text: string): boolean => {
  const skus = text.split(',').map((pair) => pair.split('=')[0]);
  return new Set(skus).size === skus.length;
};

const seedStock = () =>
  z
    .string()
    .regex(SEED, 'must be SKU=units pairs such as burger=5,pizza=10')
    .refine(namesEachOnce, 'must name each SKU once')
    .transform((text) =>
      text.split(',').map((pair) => {
        const [sku = '', units = '0'] = pair.split('=');
        return { sku, onHand: Number(units) };
      }),
    );

/** All settings of Inventory. `.env.example` is generated from them. */
export const inventorySettings = z.object({
  INVENTORY_GRPC_HOST: host()
    .default('127.0.0.1')
    .describe('Address that gRPC listens on. 0.0.0.0 in a container.'),
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
      'Initial stock of an empty database, as SKU=units,SKU=units. Ignored once there is stock.',
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
  ...sharedSettings,
});

export type InventoryConfig = z.output<typeof inventorySettings>;
