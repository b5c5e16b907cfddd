import { webOriginFault } from './web-origin';

it.each(['https://shop.example', 'http://localhost:5173', 'http://[::1]:8000', 'https://a.b:8443'])(
  'accepts %s',
  (origin) => {
    expect(webOriginFault(origin)).toBeUndefined();
  },
);

it.each([
  ['*', 'must name each origin'],
  ['', 'must be origins with scheme and host'],
  ['shop.example', 'must be origins with scheme and host'],
  ['localhost:5173', 'must be origins with scheme and host'],
  ['file:///tmp', 'must be origins with scheme and host'],
  ['null', 'must be origins with scheme and host'],
  ['https://shop.example/', 'must have https://shop.example instead'],
  ['https://shop.example/checkout', 'must have https://shop.example instead'],
  ['https://Shop.Example', 'must have https://shop.example instead'],
  ['https://shop.example:443', 'must have https://shop.example instead'],
  ['https://user@shop.example', 'must have https://shop.example instead'],
])('rejects %j and names the remedy', (origin, fault) => {
  expect(webOriginFault(origin)).toContain(fault);
});
