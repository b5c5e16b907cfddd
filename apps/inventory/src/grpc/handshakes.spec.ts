import { once } from 'node:events';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { CertificateAuthority } from '../../../../test/harness/certificates';
import { RawConnection } from '../../../../test/harness/raw-connection';
import { eventually } from '../../../../test/harness/wait';
import { limitHandshakes } from './handshakes';

let server: Http2SecureServer;
let address: string;
let accepted: number;
const connections: RawConnection[] = [];

const start = async (maxHandshakes: number, handshakeTimeoutMs: number): Promise<void> => {
  const { certificate: cert, key } = new CertificateAuthority().issue({ names: ['server.test'] });
  server = createSecureServer({ cert, key });
  accepted = 0;
  limitHandshakes(server, { maxHandshakes, handshakeTimeoutMs });
  server.on('connection', () => (accepted += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

afterEach(() => {
  for (const connection of connections.splice(0)) connection.close();
  server.close();
});

/** A client that sends nothing. */
const silent = async (): Promise<RawConnection> => {
  const before = accepted;
  const connection = await RawConnection.open(address);
  connections.push(connection);
  await eventually('it is accepted', () => accepted > before);
  return connection;
};

it('closes a connection without a handshake after the timeout', async () => {
  await start(10, 100);
  const connection = await silent();
  await connection.untilEnd(2_000);
});

it('closes the oldest one of too many', async () => {
  await start(2, 60_000);
  const [first, second] = [await silent(), await silent()];
  expect(first.isEnded).toBe(false);
  await silent();
  await first.untilEnd(2_000);
  expect(second.isEnded).toBe(false);
});

it('leaves a connection open whose handshake is complete', async () => {
  await start(1, 100);
  const [host, port] = address.split(':');
  const options = { host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['h2'] };
  const isComplete = once(server, 'secureConnection');
  const socket = connect(options);
  await isComplete;
  let isClosed = false;
  socket.on('close', () => (isClosed = true));
  const connection = await silent();
  await connection.untilEnd(2_000);
  expect(isClosed).toBe(false);
  socket.destroy();
});
