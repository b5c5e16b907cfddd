import { publicHostFault } from './public-host';

it.each(['shop.example', 'orders', 'api_1.internal', 'SHOP.example'])('accepts %s', (name) => {
  expect(publicHostFault(name)).toBeUndefined();
});

it.each([
  ['https://shop.example', /without scheme/],
  ['shop.example:8080', /without scheme, port/],
  ['shop.example/x', /without scheme/],
  ['10.0.0.1', /must not have addresses/],
  ['::1', /must not have addresses/],
  ['*.shop.example', /must be DNS names/],
  ['', /must be DNS names/],
  ['a b', /must be DNS names/],
])('rejects %j', (name, fault) => {
  expect(publicHostFault(name)).toMatch(fault);
});
