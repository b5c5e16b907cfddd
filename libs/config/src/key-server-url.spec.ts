import { keyServerUrlFault } from './key-server-url';

it.each([
  'https://login.example/.well-known/jwks.json',
  'https://login.example:8443/keys?tenant=1',
  'http://127.0.0.1:9000/jwks',
  'http://localhost/jwks',
  'http://[::1]:9000/jwks',
])('accepts %s', (url) => {
  expect(keyServerUrlFault(url)).toBeUndefined();
});

it.each([
  ['', 'must be a URL'],
  ['login.example/jwks', 'must be a URL'],
  ['file:///etc/jwks.json', 'must be a URL'],
  ['http://login.example/jwks', 'must begin with https'],
  ['http://127.0.0.1.example/jwks', 'must begin with https'],
  ['https://me:secret@login.example/jwks', 'must have no credentials'],
])('rejects %j', (url, fault) => {
  expect(keyServerUrlFault(url)).toContain(fault);
});
