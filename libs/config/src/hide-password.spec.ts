import { hasPassword, hidePassword, isPasswordHidden } from './hide-password';

describe('hidePassword', () => {
  it.each([
    ['postgres://me:secret@db:5432/orders', 'postgres://me:***@db:5432/orders'],
    ['postgres://me:se/cret@db/orders', 'postgres://me:***@db/orders'],
    ['postgres://me:se@cret@db/orders', 'postgres://me:***@db/orders'],
    ['postgres://me:s:e/c?r#e@t@db/orders', 'postgres://me:***@db/orders'],
    ['postgres://me:secret@a:1,b:2/orders', 'postgres://me:***@a:1,b:2/orders'],
    ['postgres://:secret@db/orders', 'postgres://:***@db/orders'],
    ['me:secret@db/orders', 'me:***@db/orders'],
    ['postgres://db/orders?user=me&password=secret', 'postgres://db/orders?user=me&password=***'],
    ['postgres://db/orders?sslpassword=secret&a=b', 'postgres://db/orders?sslpassword=***&a=b'],
    ["host=db password='my secret' user=me", 'host=db password=*** user=me'],
  ])('hides the password of %s', (url, shown) => {
    expect(hidePassword(url)).toBe(shown);
    expect(hasPassword(url)).toBe(true);
    expect(isPasswordHidden(shown)).toBe(true);
  });

  it.each([
    'postgres://me@db:5432/orders',
    'postgres://db:5432/orders',
    'postgres:///orders?host=/run/postgresql',
    '127.0.0.1:9090',
  ])('does not change %s', (url) => {
    expect(hidePassword(url)).toBe(url);
    expect(hasPassword(url)).toBe(false);
    expect(isPasswordHidden(url)).toBe(false);
  });
});
