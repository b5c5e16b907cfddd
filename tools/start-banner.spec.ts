import { hideExternalPassword } from './start-banner';

describe('hideExternalPassword', () => {
  it.each([
    ['postgres://me:secret@db:5432/orders', 'postgres://me:***@db:5432/orders'],
    ['postgres://me:se/cret@db/orders', 'postgres://me:***@db/orders'],
    ['postgres://me:se@cret@db/orders', 'postgres://me:***@db/orders'],
    ['postgres://me:s:e/c?r#e@t@db/orders', 'postgres://me:***@db/orders'],
    ['postgres://me:quickbite@secret@db/orders', 'postgres://me:***@db/orders'],
    ['postgres://db/orders?user=me&password=secret', 'postgres://db/orders?user=me&password=***'],
  ])('hides the password of %s', (url, shown) => {
    expect(hideExternalPassword(url)).toBe(shown);
  });

  it.each([
    'postgres://quickbite:quickbite@127.0.0.1:54329/orders',
    'postgres://inventory_app:inventory_app@127.0.0.1:54329/inventory',
    'postgres://me@db:5432/orders',
    'postgres://db:5432/orders',
  ])('does not change %s', (url) => {
    expect(hideExternalPassword(url)).toBe(url);
  });
});
