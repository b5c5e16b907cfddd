import { z } from 'zod';
import { flag, host, port, postgresUrl, sharedSettings, wholeNumber } from '@app/config';

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

/** Of `npm run db`: whom Inventory works as, and who owns its tables. */
const DEFAULT_URL = 'postgres://inventory_app:inventory_app@127.0.0.1:54329/inventory';
const DEFAULT_OWNER_URL = 'postgres://quickbite:quickbite@127.0.0.1:54329/inventory';

/** Everything that can be set for Inventory. `.env.example` is made from it. */
export const inventorySettings = z.object({
  INVENTORY_GRPC_HOST: host()
    .default('127.0.0.1')
    .describe('Address that gRPC listens on. 0.0.0.0 in a container.'),
  INVENTORY_GRPC_PORT: port().default(9090).describe('Port that gRPC listens on.'),
  INVENTORY_DATABASE_URL: postgresUrl()
    .default(DEFAULT_URL)
    .describe(
      `Inventory's own Postgres, 14 to 18, as the role that Inventory works as. If that is not the
owner of the tables, it cannot change the ledger. The default is that of \`npm run db\`.`,
    ),
  INVENTORY_OWNER_DATABASE_URL: postgresUrl()
    .optional()
    .describe(
      `The same database as the role that owns the tables. It migrates, makes the role above if there
is none, and grants it its rights. Not set, the role above is the owner; by the default above it is
${DEFAULT_OWNER_URL}`,
    ),
  INVENTORY_DATABASE_POOL_SIZE: wholeNumber(2, 200, 'connections')
    .default(10)
    .describe('Connections at most. Decisions use one at a time; the rest serve reads.'),
  INVENTORY_DATABASE_TIMEOUT_MS: wholeNumber(100, 600_000, 'milliseconds')
    .default(5_000)
    .describe('How long one statement, or getting a connection, may take.'),
  INVENTORY_MIGRATE_ON_START: flag('true').describe(
    'Bring the schema up to date at start. Safe with many instances.',
  ),
  INVENTORY_SEED_STOCK: seedStock()
    .optional()
    .describe('Stock for an empty database, as SKU=units,SKU=units. Ignored once there is stock.'),
  INVENTORY_SWEEP_INTERVAL_MS: wholeNumber(10, 3_600_000, 'milliseconds')
    .default(1_000)
    .describe(
      'How often holds whose time has run out are looked for. Who needs their units does not wait for it.',
    ),
  INVENTORY_TOMBSTONE_RETENTION_HOURS: wholeNumber(1, 87_600, 'hours')
    .default(720)
    .describe(
      'How long a release of an unknown reservation is remembered. Reservations whose UUIDv7 id is older are refused.',
    ),
  ...sharedSettings,
});

export type InventoryConfig = z.output<typeof inventorySettings>;

/**
 * Who owns the tables and migrates: whom the setting names; without it, whoever Inventory works as,
 * so that one role will do. Only the default of that is a role which owns nothing, and goes with the
 * owner that `npm run db` has, so that a new migration needs no setting in watch mode.
 */
export const ownerDatabaseUrl = ({
  INVENTORY_OWNER_DATABASE_URL: owner,
  INVENTORY_DATABASE_URL: app,
}: Pick<InventoryConfig, 'INVENTORY_OWNER_DATABASE_URL' | 'INVENTORY_DATABASE_URL'>): string =>
  owner ?? (app === DEFAULT_URL ? DEFAULT_OWNER_URL : app);
