import { databaseEndpoints } from './instance';

const access = (service: string, isEmbedded: boolean) => ({
  url: `postgres://${service}_app:secret-a@db/${service}`,
  ownerUrl: `postgres://${service}_owner:secret-o@db/${service}`,
  isEmbedded,
});

it('an instance publishes the passwords of its own Postgres, and of no external one', () => {
  const databases = { inventory: access('inventory', true), orders: access('orders', false) };
  expect(databaseEndpoints(databases)).toEqual({
    INVENTORY_DATABASE_URL: databases.inventory.url,
    INVENTORY_OWNER_DATABASE_URL: databases.inventory.ownerUrl,
    ORDERS_DATABASE_URL: 'postgres://orders_app:***@db/orders',
    ORDERS_OWNER_DATABASE_URL: 'postgres://orders_owner:***@db/orders',
  });
});
