import { stripVTControlCharacters } from 'node:util';
import { inventoryEndpoint, ordersEndpoint } from './launch-settings';
import { color, plain } from './paint';
import { databasesLine, startBanner, type StartedSystem } from './start-banner';

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

const embedded = (service: string) =>
  access(`postgres://${service}_app:secret@127.0.0.1:29999/${service}`, true);

const system: StartedSystem = {
  settings: { inventory: inventoryEndpoint(), orders: ordersEndpoint() },
  databases: { inventory: embedded('inventory'), orders: embedded('orders') },
  data: '/var/lib/quickbite/0123456789ab/data-0123456789ab',
  inventoryPid: 4_194_304,
};

it('the banner fits into 80 columns, with a command that restocks', () => {
  const banner = startBanner(system, plain);
  expect(banner.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(banner).toContain('npm run stock -- adjust burger 100 --reason restock');
  expect(banner.split('\n').at(-1)).toBe('QuickBite is ready.');
});

it('colors change nothing but colors', () => {
  const colored = startBanner(system, color);
  const uncolored = startBanner(system, plain);
  expect(colored).not.toBe(uncolored);
  expect(stripVTControlCharacters(colored)).toBe(uncolored);
});
