import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { newSigningKey, toJwk } from '../../../../test/harness/identity-provider';
import type { JwtOptions } from './access-options';
import { SigningKeysClient } from './signing-keys.client';

const KEY = toJwk(newSigningKey('a'));

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const serve = async (listener: RequestListener): Promise<SigningKeysClient> => {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return new SigningKeysClient({ jwksUrl: `http://127.0.0.1:${port}/jwks` } as JwtOptions);
};

it('fetches the keys', async () => {
  const client = await serve((_request, response) => response.end(JSON.stringify({ keys: [KEY] })));
  expect(await client.fetch()).toEqual({ keys: [KEY] });
});

it.each<[string, RequestListener, RegExp]>([
  ['an error', (_request, response) => response.writeHead(503).end(), /^The response was 503$/],
  [
    'a redirect, which it does not follow',
    (request, response) => {
      if (request.url === '/jwks') response.writeHead(302, { Location: '/other' }).end();
      else response.end(JSON.stringify({ keys: [KEY] }));
    },
    /^The response was 302; redirects are not followed$/,
  ],
  ['what is no JSON', (_request, response) => response.end('<html>'), /JSON/],
  ['no keys', (_request, response) => response.end('{"keys":[]}'), /no public key/],
  [
    'a response without end',
    (_request, response) => {
      const send = (): void => {
        while (response.write('x'.repeat(65_536)));
      };
      response.on('drain', send);
      send();
    },
    /larger than 262144 bytes/,
  ],
  [
    'a response that stops',
    (_request, response) => void response.write('{"keys":['),
    /^No response within 3000 ms$/,
  ],
  ['a broken connection', (request) => request.socket.destroy(), /./],
])('rejects %s', async (_what, listener, message) => {
  const client = await serve(listener);
  await expect(client.fetch()).rejects.toThrow(message);
});
