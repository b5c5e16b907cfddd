import type { ClientHttp2Stream } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type sendUnaryData,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { endOf, framed, HostileClient, INVENTORY } from '../../../../test/harness/hostile-client';
import { eventually, times } from '../../../../test/harness/wait';
import { CallGate } from './call-gate';
import { GRPC_LIMITS, type GrpcLimits } from './grpc-limits';

const GET_STOCK = `${INVENTORY}/GetStock`;
const LIST_STOCK = `${INVENTORY}/ListStock`;
const BATCH = `${INVENTORY}/BatchCreateReservations`;
const REFLECTION = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
const OVERLOADED = '8';
const REQUEST = framed(Buffer.from('request'));

const identity = (bytes: Buffer): Buffer => bytes;
const methodAt = (path: string, isStream = false) => ({
  path,
  requestStream: isStream,
  responseStream: isStream,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
});

Logger.overrideLogger(false);

let server: Server;
let address: string;
/** Answers of calls that wait. */
let answers: sendUnaryData<Buffer>[];
const clients: HostileClient[] = [];

const start = async (limits: Partial<GrpcLimits>): Promise<void> => {
  answers = [];
  server = new Server();
  const wait = (_call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>): void =>
    void answers.push(done);
  const echo = (call: ServerDuplexStream<Buffer, Buffer>): void =>
    void call.on('data', (bytes: Buffer) => call.write(bytes));
  server.addService(
    {
      get: methodAt(GET_STOCK),
      list: methodAt(LIST_STOCK),
      batch: methodAt(BATCH),
      reflect: methodAt(REFLECTION, true),
    },
    { get: wait, list: wait, batch: wait, reflect: echo },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  address = `127.0.0.1:${port}`;
  const defaults = { ...GRPC_LIMITS, maxConnections: 100, maxIdleMs: 60_000, checkIntervalMs: 10 };
  new CallGate({ ...defaults, ...limits }).protect(server);
};

const newClient = async (settings: object = {}): Promise<HostileClient> => {
  const client = await HostileClient.connect(address, { settings });
  clients.push(client);
  return client;
};

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  server.forceShutdown();
});

const closeOf = ({ session }: HostileClient): Promise<void> =>
  new Promise((resolve) => session.once('close', resolve));

const pingOf = ({ session }: HostileClient): Promise<unknown> =>
  new Promise((resolve) => session.ping(resolve));

/** Opens a call that waits for its answer. */
const openCall = (client: HostileClient, path = GET_STOCK): ClientHttp2Stream => {
  const stream = client.open(path);
  stream.end(REQUEST);
  return stream;
};

const openCalls = async (client: HostileClient, count: number, path?: string) => {
  const before = answers.length;
  const streams = times(count, () => openCall(client, path));
  await eventually('they are open', () => answers.length === before + count);
  return streams;
};

const statusOf = async (client: HostileClient, path = GET_STOCK): Promise<string> => {
  const { status } = await endOf(openCall(client, path));
  return status;
};

/** Returns the status of a call, or that it waits for its answer. */
const statusWithin = (client: HostileClient): Promise<string> =>
  Promise.race([statusOf(client), sleep(50, 'open')]);

describe('calls', () => {
  it('of one address beyond its limit are rejected, but not those of a connection with few', async () => {
    await start({ maxCallsPerPeer: 4 });
    const greedy = await newClient();
    await openCalls(greedy, 4);
    expect(await statusOf(greedy)).toBe(OVERLOADED);
    const modest = await newClient();
    const [own] = await openCalls(modest, 1);
    answers.at(-1)?.(null, REQUEST);
    expect(own && (await endOf(own)).status).toBe('0');
  });

  it('that have ended free their places', async () => {
    await start({ maxCalls: 2 });
    const client = await newClient();
    // With a second connection, the share of this one is a single call.
    await newClient();
    const streams = await openCalls(client, 2);
    expect(await statusOf(client)).toBe(OVERLOADED);
    for (const stream of streams) stream.close();
    for (const room of ['one', 'two'])
      await eventually(`${room} of the places is free`, async () => {
        return (await statusWithin(client)) === 'open';
      });
  });

  it('of a costly kind have limits of their own', async () => {
    await start({ ofKind: { page: { perConnection: 2, inAll: 3 } } });
    const [one, other, third] = [await newClient(), await newClient(), await newClient()];
    await openCalls(one, 2, LIST_STOCK);
    expect(await statusOf(one, LIST_STOCK)).toBe(OVERLOADED);
    await openCalls(one, 1);
    await openCalls(other, 1, LIST_STOCK);
    expect(await statusOf(other, LIST_STOCK)).toBe(OVERLOADED);
    // All places are taken, but this connection has none.
    await openCalls(third, 1, LIST_STOCK);
  });

  it('with too much metadata are rejected', async () => {
    await start({ maxMetadataBytes: 1_000 });
    const client = await newClient();
    const end = await client.call(GET_STOCK, REQUEST, { 'x-large': 'm'.repeat(1_000) });
    expect(end).toEqual({ status: '3', message: 'metadata must be at most 1000 bytes' });
  });

  it.each(['', 'soon'])('with the timeout "%s" are rejected', async (timeout) => {
    await start({});
    const client = await newClient();
    const end = await client.call(GET_STOCK, REQUEST, { 'grpc-timeout': timeout });
    expect(end.status).toBe('3');
    expect(end.message).toMatch(/^grpc-timeout must be/);
  });

  it('with a timeout beyond the longest timer are answered', async () => {
    await start({});
    const client = await newClient();
    const call = client.call(GET_STOCK, REQUEST, { 'grpc-timeout': '2592000S' });
    await eventually('the call arrives', () => answers.length === 1);
    answers[0]?.(null, Buffer.of());
    expect(await call).toMatchObject({ status: '0' });
  });

  it('that a client goes on making although they are rejected end its connection', async () => {
    await start({ maxCalls: 1, maxRejections: 10, checkIntervalMs: 60_000 });
    const client = await newClient();
    const closed = closeOf(client);
    for (let call = 0; call < 12; call += 1) void endOf(openCall(client));
    await closed;
  });
});

describe('requests', () => {
  it('that are not sent in time are ended', async () => {
    await start({ requestTimeoutMs: 50 });
    const stream = (await newClient()).open(GET_STOCK);
    stream.write(REQUEST.subarray(0, 7));
    expect((await endOf(stream)).status).toBe('reset 8');
  });

  it('of one connection take a bounded number of bytes', async () => {
    await start({ maxRequestBytesPerConnection: 100_000 });
    const client = await newClient();
    const stream = client.open(BATCH);
    stream.write(framed(Buffer.alloc(1_000_000)).subarray(0, 150_000));
    expect((await endOf(stream)).status).toBe('reset 11');
    await openCalls(client, 1);
  });

  it('of all connections do, too, but one with little gets room', async () => {
    await start({ maxRequestBytes: 300_000 });
    const greedy = await newClient();
    const large = greedy.open(BATCH);
    large.write(framed(Buffer.alloc(1_000_000)).subarray(0, 290_000));
    await eventually('it is sent', () => large.writableLength === 0);
    await pingOf(greedy);
    const modest = await newClient();
    const answered = modest.call(BATCH, framed(Buffer.alloc(100_000)));
    await eventually('the other request has arrived', () => answers.length === 1);
    answers[0]?.(null, REQUEST);
    expect((await answered).status).toBe('0');
    const end = endOf(large);
    large.write(Buffer.alloc(100_000));
    expect((await end).status).toBe('reset 11');
  });

  it('that are compressed count with the size that they may have', async () => {
    await start({ maxRequestBytesPerConnection: 400_000 });
    const client = await newClient();
    const headers = { 'grpc-encoding': 'gzip' };
    client.open(BATCH, headers);
    expect((await client.call(BATCH, REQUEST, headers)).status).toBe(OVERLOADED);
  });

  it('that go on after their answer are ended', async () => {
    await start({});
    const stream = (await newClient()).open(REFLECTION);
    const end = endOf(stream);
    const flood = setInterval(() => stream.write(framed(Buffer.alloc(10_000))), 1);
    expect((await end).status).toBe('reset 11');
    clearInterval(flood);
  });
});

describe('answers', () => {
  const LARGE = Buffer.alloc(200_000);

  it('that are not read are ended after a while', async () => {
    await start({ readTimeoutMs: 50 });
    const [stream] = await openCalls(await newClient(), 1);
    stream?.pause();
    answers[0]?.(null, LARGE);
    await eventually('it is reset', () => stream?.rstCode === 8);
  });

  it('that are not read keep the connection from new calls', async () => {
    await start({ maxUnreadBytesPerConnection: 100_000 });
    const client = await newClient({ initialWindowSize: 0 });
    await openCalls(client, 1);
    answers[0]?.(null, LARGE);
    await eventually('a call is rejected', async () => (await statusWithin(client)) === OVERLOADED);
  });

  it('that are not read end the connection that has the most of them', async () => {
    await start({ maxUnreadBytes: 300_000 });
    const modest = await newClient({ initialWindowSize: 0 });
    const greedy = await newClient({ initialWindowSize: 0 });
    const closed = closeOf(greedy);
    await openCalls(modest, 1);
    await openCalls(greedy, 2);
    for (const answer of answers) answer(null, LARGE.subarray(0, 140_000));
    await closed;
    expect(modest.session.destroyed).toBe(false);
  });
});

describe('connections', () => {
  it('beyond the limit replace those without calls, and spare those with calls', async () => {
    await start({ maxConnections: 3 });
    const used = await newClient();
    await openCalls(used, 1);
    const idle = await newClient();
    const closed = closeOf(idle);
    await newClient();
    await newClient();
    await closed;
    expect(used.session.destroyed).toBe(false);
  });

  it('without open calls for a while are closed', async () => {
    await start({ maxIdleMs: 50 });
    const [used, idle] = [await newClient(), await newClient()];
    const [stream] = await openCalls(used, 1);
    await closeOf(idle);
    expect(used.session.closed).toBe(false);
    const closed = closeOf(used);
    stream?.close();
    await closed;
  });

  it('that send many control frames are closed', async () => {
    await start({ maxControlFrames: 10, checkIntervalMs: 60_000 });
    const client = await newClient();
    const closed = closeOf(client);
    times(11, (index) =>
      setTimeout(() => {
        if (!client.session.destroyed) client.session.ping(() => undefined);
      }, index * 5),
    );
    await closed;
  });
});
