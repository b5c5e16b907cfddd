import { certificateNames, clientNameFault } from './certificate-names';

it('returns DNS names in lower case and URIs as they are, in their order', () => {
  const text = 'DNS:Orders.Internal, URI:spiffe://Quick/cli, IP Address:10.0.0.1, DNS:b.test';
  expect(certificateNames(text)).toEqual(['orders.internal', 'spiffe://Quick/cli', 'b.test']);
});

it.each([undefined, '', 'IP Address:10.0.0.1', 'email:a@b.test'])('has no name in %j', (text) => {
  expect(certificateNames(text)).toEqual([]);
});

it.each([
  'URI:"urn:x, DNS:orders.test"',
  'DirName:"CN = x, DNS:orders.test"',
  'othername:"a\\", DNS:orders.test"',
])('takes no name out of the middle of another one: %s', (text) => {
  expect(certificateNames(text)).not.toContain('orders.test');
});

it.each(['DNS:a.test, "', 'DNS:a.test,DNS:b.test', 'a.test', 'DNS:"a'])(
  'returns nothing for text that it cannot interpret: %s',
  (text) => {
    expect(certificateNames(text)).toEqual([]);
  },
);

it.each(['DNS:"a b"', 'DNS:"a\\nb"', `DNS:${'x'.repeat(201)}`, 'DNS:é'])(
  'leaves out a name that could forge a log line: %s',
  (text) => {
    expect(certificateNames(text)).toEqual([]);
  },
);

it.each(['orders.internal', 'orders', 'a_b', 'spiffe://quickbite/orders', 'urn:x:y'])(
  'accepts %s as the name of a client',
  (name) => {
    expect(clientNameFault(name)).toBeUndefined();
  },
);

it.each(['', '*', '*.internal', 'a b', '.a', 'a..b', 'Spiffe//x', 'x'.repeat(201)])(
  'rejects %j as the name of a client',
  (name) => {
    expect(clientNameFault(name)).toMatch(/^must be DNS names or URIs/);
  },
);
