import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Response } from 'express';
import { RawConnection, rawRequest } from '../../../../test/harness/raw-connection';
import { closeSignal } from './event-stream';

it('closes a stream that has ended, although its client has not received the responses before it', async () => {
  const responses: Response[] = [];
  const server = createServer((_request, response) => responses.push(response as Response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = await RawConnection.open(`127.0.0.1:${port}`);
  client.send(rawRequest('GET /v1/orders').repeat(2));
  while (responses.length < 2) await once(server, 'request');
  const [, behind] = responses;
  if (!behind) throw new Error('There is no second request');
  const closed = closeSignal(behind);
  behind.end();
  await new Promise(setImmediate);
  const found = { isClosed: closed.aborted, received: client.received };
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  expect(found).toEqual({ isClosed: true, received: '' });
});
