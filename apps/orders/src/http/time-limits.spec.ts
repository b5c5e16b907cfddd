import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { limitTime } from './time-limits';

const ANSWER_BYTES = 50_000_000;
const server = createServer((_request, response) => response.end(Buffer.alloc(ANSWER_BYTES)));

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

it('whoever does not take a long answer is cut off', async () => {
  limitTime(server, { receivedWithinMs: 30_000, silentForMs: 200 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const asked = once(server, 'request') as Promise<[unknown, ServerResponse]>;
  socket.pause().write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [, response] = await asked;
  await once(response, 'close');
  expect(socket.bytesRead).toBeLessThan(ANSWER_BYTES);
});
