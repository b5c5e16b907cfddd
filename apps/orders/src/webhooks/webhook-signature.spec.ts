import { Webhook } from 'standardwebhooks';
import { newSecret, signedHeaders } from './webhook-signature';

const message = { id: '01a205e9-7f9d-2', body: '{"type":"order.placed","data":{"note":"ü"}}' };

it('signs as the reference implementation of Standard Webhooks does', () => {
  const secret = newSecret();
  const nowMs = Date.now();
  const headers = signedHeaders(message, [secret], nowMs);
  const reference = new Webhook(secret);
  expect(headers['webhook-signature']).toBe(
    reference.sign(message.id, new Date(nowMs), message.body),
  );
  expect(reference.verify(message.body, headers)).toEqual(JSON.parse(message.body));
});

it('has a signature of each secret, so that a receiver with either of them accepts it', () => {
  const [current, previous] = [newSecret(), newSecret()];
  const headers = signedHeaders(message, [current, previous], Date.now());
  expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
  for (const secret of [current, previous]) {
    expect(new Webhook(secret).verify(message.body, headers)).toBeDefined();
  }
  expect(() => new Webhook(newSecret()).verify(message.body, headers)).toThrow('No matching');
});

it('is refused with another body, another id or another time', () => {
  const secret = newSecret();
  const headers = signedHeaders(message, [secret], Date.now());
  const reference = new Webhook(secret);
  expect(() => reference.verify(`${message.body} `, headers)).toThrow();
  expect(() => reference.verify(message.body, { ...headers, 'webhook-id': 'other' })).toThrow();
  const old = signedHeaders(message, [secret], Date.now() - 600_000);
  expect(() => reference.verify(message.body, old)).toThrow('too old');
});

it('has secrets of 32 random bytes', () => {
  const secret = newSecret();
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(newSecret()).not.toBe(secret);
});
