import { serviceEnvironment } from './service-env';

const access = (service: string, isEmbedded = true) => ({
  url: `postgres://${service}_app:a@db/${service}`,
  ownerUrl: `postgres://${service}_owner:o@db/${service}`,
  isEmbedded,
});
const databases = { inventory: access('inventory'), orders: access('orders', false) };

it.each(['inventory', 'orders'] as const)(
  '%s gets the password of its own role, and no other',
  (service) => {
    const environment = serviceEnvironment(service, databases, {
      PATH: '/bin',
      INVENTORY_OWNER_DATABASE_URL: 'postgres://owner:secret@db/inventory',
      INVENTORY_DATABASE_URL: 'postgres://me:secret@db/inventory',
      ORDERS_OWNER_DATABASE_URL: 'postgres://owner:secret@db/orders',
      ORDERS_DATABASE_URL: 'postgres://me:secret@db/orders',
      ORDERS_DB_PASSWORD: 'secret',
      INVENTORY_DATABASE_URL_FILE: '/run/secret',
      ORDERS_DATABASE_URL_FILE: '/run/secret',
    });
    const setting = `${service.toUpperCase()}_DATABASE_URL`;
    const { [setting]: url, ...others } = environment;
    expect(url).toBe(databases[service].url);
    expect(others).toMatchObject({ PATH: '/bin', ORDERS_DB_PASSWORD: '' });
    expect(JSON.stringify(others)).not.toMatch(/secret|postgres:/);
    expect(others[`${service.toUpperCase()}_MIGRATE_ON_START`]).toBe('false');
  },
);

it('a service with one role migrates as that role', () => {
  const { url } = databases.orders;
  const one = { ...databases, orders: { url, ownerUrl: url, isEmbedded: false } };
  expect(serviceEnvironment('orders', one, {})).toEqual({ ORDERS_DATABASE_URL: url });
});
