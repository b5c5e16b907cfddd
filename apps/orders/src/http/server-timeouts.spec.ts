import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setServerTimeouts } from './server-timeouts';

const RESPONSE_BYTES = 50_000_000;
const server = createServer((_request, response) => response.end(Buffer.alloc(RESPONSE_BYTES)));

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

it('disconnects a client that does not read a long response', async () => {
  setServerTimeouts(server, { requestTimeoutMs: 30_000, idleTimeoutMs: 200 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const requested = once(server, 'request') as Promise<[unknown, ServerResponse]>;
  socket.pause().write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [, response] = await requested;
  await once(response, 'close');
  expect(socket.bytesRead).toBeLessThan(RESPONSE_BYTES);
});
