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

/** Everything that can be set for Inventory. `.env.example` is made from it. */
export const inventorySettings = z.object({
  INVENTORY_GRPC_HOST: host()
    .default('127.0.0.1')
    .describe('Address that gRPC listens on. 0.0.0.0 in a container.'),
  INVENTORY_GRPC_PORT: port().default(9090).describe('Port that gRPC listens on.'),
  INVENTORY_DATABASE_URL: postgresUrl()
    .default('postgres://quickbite:quickbite@127.0.0.1:54329/inventory')
    .describe("Inventory's own Postgres, 14 to 18. The default is that of `npm run db`."),
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
