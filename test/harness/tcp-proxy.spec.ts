import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { findFreePort } from '../../tools/ports';
import { TcpProxy } from './tcp-proxy';
import { eventually } from './wait';

const QUIET_MS = 150;
const DELAY_MS = 100;

let echo: Server;
let proxy: TcpProxy;
const opened: Socket[] = [];

beforeEach(async () => {
  echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  const port = await findFreePort();
  echo.listen(port, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await TcpProxy.before(port, await findFreePort());
});

afterEach(async () => {
  for (const socket of opened.splice(0)) socket.destroy();
  await proxy.close();
  echo.close();
});

/** A connection through the proxy, what has come back on it, and how it ended. */
const dial = () => {
  const socket = connect({ port: proxy.port, host: '127.0.0.1' });
  const heard = { text: '', error: '' };
  socket.on('data', (chunk: Buffer) => (heard.text += chunk.toString()));
  socket.on('error', (error: NodeJS.ErrnoException) => (heard.error = error.code ?? ''));
  opened.push(socket);
  const echoes = (text: string) =>
    eventually(`${text} comes back`, () => heard.text.endsWith(text), 5_000);
  const isClosed = () => eventually('it is closed', () => socket.closed, 5_000);
  return { socket, heard, echoes, isClosed };
};

const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, QUIET_MS));

it('passes data in both directions', async () => {
  const { socket, echoes } = dial();
  socket.write('hello');
  await echoes('hello');
});

it('passes the rest of one direction after the other has ended', async () => {
  const { socket, heard, isClosed } = dial();
  socket.end('last words');
  await isClosed();
  expect(heard).toEqual({ text: 'last words', error: '' });
});

it('delays each direction', async () => {
  const { socket, echoes } = dial();
  await proxy.become('delay', DELAY_MS);
  const startedMs = performance.now();
  socket.write('hello');
  await echoes('hello');
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(2 * DELAY_MS - 1);
});

it('accepts connections while frozen, and passes their data afterwards', async () => {
  const before = dial();
  before.socket.write('one');
  await before.echoes('one');
  await proxy.become('freeze');
  const meanwhile = dial();
  await once(meanwhile.socket, 'connect');
  before.socket.write('two');
  meanwhile.socket.write('three');
  await quiet();
  expect([before.heard.text, meanwhile.heard.text]).toEqual(['one', '']);
  await proxy.become('pass');
  await before.echoes('two');
  await meanwhile.echoes('three');
});

it('resets open and new connections', async () => {
  const before = dial();
  before.socket.write('one');
  await before.echoes('one');
  await proxy.become('reset');
  await before.isClosed();
  const meanwhile = dial();
  await meanwhile.isClosed();
  expect([before.heard.error, meanwhile.heard.error]).toEqual(['ECONNRESET', 'ECONNRESET']);
});

it('refuses connections while cut, and listens on the same port afterwards', async () => {
  const before = dial();
  before.socket.write('one');
  await before.echoes('one');
  await proxy.become('cut');
  await before.isClosed();
  const meanwhile = dial();
  await meanwhile.isClosed();
  expect(meanwhile.heard.error).toBe('ECONNREFUSED');
  await proxy.become('pass');
  const after = dial();
  after.socket.write('two');
  await after.echoes('two');
});
