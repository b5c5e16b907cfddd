import { clientNetwork, limitedNetwork } from './client-network';

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:DB8:1:2::6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['unknown', 'unknown'],
  ['', ''],
])('the network of %j is %j', (address, network) => {
  expect(clientNetwork(address)).toBe(network);
});

it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('%s is not limited', (address) => {
  expect(limitedNetwork(address)).toBeUndefined();
});

it.each(['192.0.2.1', '2001:db8::1', undefined])('%s is limited', (address) => {
  expect(limitedNetwork(address)).toBe(clientNetwork(address ?? ''));
});
