import { addressRangeFault } from './address-range';

it.each(['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8', '192.168.0.0/32', '::ffff:10.0.0.1'])(
  'accepts %s',
  (range) => {
    expect(addressRangeFault(range)).toBeUndefined();
  },
);

it.each([
  ['', 'must be IP addresses or ranges'],
  ['proxy.internal', 'must be IP addresses or ranges'],
  ['10.0.0', 'must be IP addresses or ranges'],
  ['10.0.0.0/8/8', 'must be IP addresses or ranges'],
  ['10.0.0.0/33', 'must have a prefix of 0 to 32 bits'],
  ['fd00::/129', 'must have a prefix of 0 to 128 bits'],
  ['10.0.0.0/', 'must have a prefix of 0 to 32 bits'],
  ['10.0.0.0/255.0.0.0', 'must have a prefix of 0 to 32 bits'],
  ['0.0.0.0/0', 'must not trust every address'],
  ['::/0', 'must not trust every address'],
])('rejects %j and names the remedy', (range, fault) => {
  expect(addressRangeFault(range)).toContain(fault);
});
