import { Server, ServerCredentials, type ServerWritableStream } from '@grpc/grpc-js';
import { framed, HostileClient } from '../../../../test/harness/hostile-client';
import { RequestCheck } from './request-check';

const PATH = '/test.Service/Stream';
const DEADLINE_EXCEEDED = '4';

const identity = (bytes: Buffer): Buffer => bytes;
const STREAM = {
  path: PATH,
  requestStream: false,
  responseStream: true,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
};

let server: Server;
let client: HostileClient;

afterEach(() => {
  client.close();
  server.forceShutdown();
});

/** Always has messages that wait to be sent, until the call is cancelled. */
const writeOn = (call: ServerWritableStream<Buffer, Buffer>): void => {
  if (call.cancelled) return;
  for (let count = 0; count < 5; count += 1) call.write(Buffer.alloc(100));
  if (call.writableNeedDrain) call.once('drain', () => writeOn(call));
  else setImmediate(writeOn, call);
};

it('a stream ends with its deadline also while it sends messages', async () => {
  server = new Server({ interceptors: [new RequestCheck().interceptor] });
  server.addService({ stream: STREAM }, { stream: writeOn });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  client = await HostileClient.connect(`127.0.0.1:${port}`);
  const { status } = await client.call(PATH, framed(Buffer.of()), { 'grpc-timeout': '50m' });
  expect(status).toBe(DEADLINE_EXCEEDED);
});
