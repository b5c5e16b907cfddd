import { databasesLine } from './start-banner';

const access = (url: string, isEmbedded: boolean) => ({ url, ownerUrl: url, isEmbedded });

it('the databases are shown without their passwords', () => {
  const shown = databasesLine({
    inventory: access('postgres://inventory_app:secret@127.0.0.1:54329/inventory', true),
    orders: access('postgres://me:secret@db:5432/orders', false),
  });
  expect(shown).toBe(
    [
      '  Database inventory   postgres://inventory_app:***@127.0.0.1:54329/inventory',
      '  Database orders      postgres://me:***@db:5432/orders',
      '  With passwords       .quickbite/databases.env',
    ].join('\n'),
  );
});
