import { receives, webhookUrlFault } from './webhook';

it.each([
  'https://shop.example/hooks',
  'http://shop.example:8080/hooks?tenant=1',
  'https://[2001:db8::1]/hooks',
])('%s is a URL of a webhook', (url) => {
  expect(webhookUrlFault(url)).toBeUndefined();
});

it.each([
  [undefined, 'is required'],
  ['', 'is required'],
  [7, 'must be text'],
  ['shop.example/hooks', 'must be an absolute URL, such as https://shop.example/hooks'],
  ['ftp://shop.example/', 'must begin with https:// or http://'],
  ['file:///etc/passwd', 'must begin with https:// or http://'],
  ['https://user:secret@shop.example/', 'must not have a user name or password'],
  ['https://user@shop.example/', 'must not have a user name or password'],
  ['https://shop.example/#part', 'must not have a fragment'],
  [`https://shop.example/${'x'.repeat(2_048)}`, 'must be at most 2048 characters long'],
])('%s is none: %s', (url, fault) => {
  expect(webhookUrlFault(url)).toMatch(fault);
});

it('receives all types, or those that it lists', () => {
  expect(receives({ types: null }, 'order.placed')).toBe(true);
  expect(receives({ types: ['order.placed'] }, 'order.placed')).toBe(true);
  expect(receives({ types: ['order.placed'] }, 'order.parked')).toBe(false);
});
