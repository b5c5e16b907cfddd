import { hostAndPortFault, hostAndPortsFault } from './host-and-port';

it.each([
  '127.0.0.1:9090',
  'inventory:9090',
  'inventory.shop.svc.cluster.local:1',
  'quickbite_inventory_1:65535',
  'localhost:9090',
  'inventory.shop.svc.cluster.local.:9090',
  '[::1]:9090',
  '[fe80::1%eth0]:9090',
  'dns:9090',
  '0.0.0.0:9090',
])('accepts %s', (address) => {
  expect(hostAndPortFault(address)).toBeUndefined();
  expect(hostAndPortsFault(address)).toBeUndefined();
});

it.each([
  ['', 'must be host:port'],
  [' ', 'must not contain spaces'],
  ['inventory :9090', 'must not contain spaces'],
  ['http://inventory:9090', 'must have neither a scheme nor a path'],
  ['dns:///inventory:9090', 'must have neither a scheme nor a path'],
  ['unix:/run/inventory.sock', 'must have neither a scheme nor a path'],
  ['/run/inventory.sock', 'must have neither a scheme nor a path'],
  ['inventory:9090/v1', 'must have neither a scheme nor a path'],
  ['ipv4:10.0.0.1:9090', 'must be host:port'],
  ['inventory', 'must end with a port'],
  ['10.0.0.1', 'must end with a port'],
  ['[::1]', 'must end with a port'],
  ['inventory:', 'must be host:port'],
  ['inventory:grpc', 'must be host:port'],
  ['inventory:-1', 'must be host:port'],
  [':9090', 'must have a host name'],
  [':99999', 'must have a host name'],
  ['inventory:0', 'must have a port from 1 to 65535'],
  ['inventory:65536', 'must have a port from 1 to 65535'],
  ['inventory:99999', 'must have a port from 1 to 65535'],
  ['::1:9090', 'must have an IPv6 address in brackets'],
  ['::1', 'must have an IPv6 address in brackets'],
  ['[inventory]:9090', 'must have an IPv6 address in the brackets'],
  ['[]:9090', 'must have an IPv6 address in the brackets'],
  ['10.0.0.256:9090', 'must have an IPv4 address of four numbers'],
  ['10.0.1:9090', 'must have an IPv4 address of four numbers'],
  ['user@inventory:9090', 'must have a host name'],
  ['-inventory:9090', 'must have a host name'],
  ['inventory..shop:9090', 'must have a host name'],
  ['invent\u00f6ry:9090', 'must have a host name'],
  [`${'i'.repeat(64)}:9090`, 'must have a host name'],
])('rejects %j: it %s', (address, fault) => {
  expect(hostAndPortFault(address)).toMatch(new RegExp(`^${fault}`));
});

describe('several addresses', () => {
  it('are accepted if they are IPv4 addresses', () => {
    expect(hostAndPortsFault('10.0.0.1:9090,10.0.0.2:9091')).toBeUndefined();
  });

  it.each([
    ['10.0.0.1:9090,', 'must be host:port'],
    ['10.0.0.1:9090, 10.0.0.2:9090', 'must not contain spaces'],
    ['10.0.0.1:9090,10.0.0.2', 'must end with a port'],
    ['10.0.0.1:9090,10.0.0.2:99999', 'must have a port from 1 to 65535'],
    ['10.0.0.1:9090,inventory:9090', 'must have only IPv4 addresses'],
    ['[::1]:9090,[::2]:9090', 'must have only IPv4 addresses'],
  ])('are rejected as %j: it %s', (addresses, fault) => {
    expect(hostAndPortsFault(addresses)).toMatch(new RegExp(`^${fault}`));
  });
});
