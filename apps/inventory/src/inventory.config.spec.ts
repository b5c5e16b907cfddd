import { inventorySettings, ownerDatabaseUrl } from './inventory.config';

const ownerFor = (env: Record<string, string>): string =>
  ownerDatabaseUrl(inventorySettings.parse(env));

const OWN = 'postgres://me:secret@db:5432/inventory';
const OWNER = 'postgres://owner:secret@db:5432/inventory';

describe('the owner of the tables is', () => {
  it('the owner of `npm run db` if nothing is set', () => {
    const { INVENTORY_DATABASE_URL: app } = inventorySettings.parse({});
    expect(app).toBe('postgres://inventory_app:inventory_app@127.0.0.1:54329/inventory');
    const owner = 'postgres://quickbite:quickbite@127.0.0.1:54329/inventory';
    expect(ownerFor({})).toBe(owner);
    expect(ownerFor({ INVENTORY_DATABASE_URL: app })).toBe(owner);
  });

  it('the role that Inventory works as if only that is set', () => {
    expect(ownerFor({ INVENTORY_DATABASE_URL: OWN })).toBe(OWN);
    const otherPort = 'postgres://inventory_app:inventory_app@127.0.0.1:5432/inventory';
    expect(ownerFor({ INVENTORY_DATABASE_URL: otherPort })).toBe(otherPort);
  });

  it('the role of the owner setting if that is set', () => {
    expect(ownerFor({ INVENTORY_OWNER_DATABASE_URL: OWNER })).toBe(OWNER);
    expect(ownerFor({ INVENTORY_DATABASE_URL: OWN, INVENTORY_OWNER_DATABASE_URL: OWNER })).toBe(
      OWNER,
    );
  });
});
