import { inventorySettings, ownerDatabaseUrl } from '../apps/inventory/src/inventory.config';
import { asRole, INVENTORY_ROLE, reachableAt } from './launch-settings';

describe('reachableAt', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1:9090'],
    ['0.0.0.0', '127.0.0.1:9090'],
    ['localhost', 'localhost:9090'],
    ['::', '[::1]:9090'],
    ['::1', '[::1]:9090'],
    ['fe80::1', '[fe80::1]:9090'],
  ])('is, for a service that listens on %s, %s', (host, address) => {
    expect(reachableAt({ host, port: 9090 })).toBe(address);
  });
});

it("the embedded Postgres has the role that is Inventory's default", () => {
  const defaults = inventorySettings.parse({});
  const { INVENTORY_DATABASE_URL: url } = defaults;
  expect(asRole(ownerDatabaseUrl(defaults), INVENTORY_ROLE)).toBe(url);
});
