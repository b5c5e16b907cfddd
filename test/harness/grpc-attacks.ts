import { gzipSync } from 'node:zlib';
import { endOf, framed, HostileClient, INVENTORY, rawSocket } from './hostile-client';
import { eventually, times } from './wait';

/** A server under attack, and what the attackers hold open until the damage is measured. */
export class Battlefield {
  private readonly closings: (() => void)[] = [];

  constructor(
    readonly address: string,
    readonly port: number,
  ) {}

  async clients(count: number, settings: object = {}): Promise<readonly HostileClient[]> {
    const clients = await Promise.all(
      times(count, () => HostileClient.connect(this.address, { settings })),
    );
    for (const client of clients) this.closings.push(() => client.close());
    return clients;
  }

  async sockets(count: number, bytes?: Uint8Array | string) {
    const sockets = await Promise.all(times(count, () => rawSocket(this.port, bytes)));
    for (const socket of sockets) this.closings.push(() => socket.destroy());
    return sockets;
  }

  /** Ends the attack. */
  clear(): void {
    for (const close of this.closings.splice(0)) close();
  }
}

export interface Attack {
  readonly name: string;
  /** `size`: 1 in `npm test`, more in long tests. */
  readonly run: (field: Battlefield, size: number) => Promise<void>;
}

const BATCH = `${INVENTORY}/BatchCreateReservations`;
const HEALTH_WATCH = '/grpc.health.v1.Health/Watch';
const REFLECTION = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
/** 2,090,000 entries of two bytes. */
const EMPTY_ENTRIES = Buffer.alloc(4_180_000).fill(Buffer.from([0x0a, 0]));
const MOST_EMPTY_ENTRIES = EMPTY_ENTRIES.subarray(0, 2_000_000);

const stringField = (number: number, text: string): Buffer =>
  Buffer.concat([Buffer.of((number << 3) | 2, text.length), Buffer.from(text)]);

/** 100 SKUs of 64 characters: the answer has more than 7 kB. */
const MANY_SKUS = Buffer.concat(
  times(100, (index) => stringField(1, `s-${index}`.padEnd(64, 'x'))),
);
const PAGE_OF_1000 = Buffer.of(0x08, 0xe8, 0x07);

/** A frame of HTTP/2 for the connection as a whole. */
const frame = (type: number, payload: Uint8Array = Buffer.of()): Buffer =>
  Buffer.concat([Buffer.of(0, 0, payload.length, type, 0, 0, 0, 0, 0), payload]);

const PREFACE = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4)]);
const PING = frame(6, Buffer.alloc(8));
const SETTINGS = frame(4);

/** Begins calls of GetStock on one connection, also beyond the limit that the server has announced. */
const headersOfCalls = (count: number): Buffer => {
  const path = Buffer.from(`${INVENTORY}/GetStock`);
  const type = Buffer.from('application/grpc');
  const block = Buffer.concat([
    // POST, http, and :path and content-type as literals.
    Buffer.of(0x83, 0x86, 0x04, path.length),
    path,
    Buffer.of(0x0f, 0x10, type.length),
    type,
  ]);
  return Buffer.concat(
    times(count, (index) => {
      const head = Buffer.of(0, 0, block.length, 1, 4, 0, 0, 0, 0);
      head.writeUInt32BE(2 * index + 1, 5);
      return Buffer.concat([head, block]);
    }),
  );
};

/** Resolves when the server has closed the connection. */
const floodUntilClosed = async (field: Battlefield, flood: Buffer): Promise<void> => {
  const [socket] = await field.sockets(1, PREFACE);
  if (!socket) return;
  socket.resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const drained = () => new Promise((resolve) => socket.once('drain', resolve));
  while (!socket.destroyed) {
    if (!socket.write(flood)) await Promise.race([drained(), closed]);
  }
};

/** Sends small requests and never reads an answer. */
const neverRead = async (
  field: Battlefield,
  connections: number,
  [path, request]: readonly [path: string, request: Buffer],
): Promise<void> => {
  const clients = await field.clients(connections, { initialWindowSize: 0 });
  for (const client of clients) times(250, () => client.open(path).end(framed(request)));
  // They are handled before this one.
  await Promise.all(clients.map(({ session }) => new Promise((resolve) => session.ping(resolve))));
};

const expectOnly = (allowed: readonly string[], ends: readonly { status: string }[]): void => {
  const others = ends.map(({ status }) => status).filter((status) => !allowed.includes(status));
  if (others.length > 0) throw new Error(`Calls ended with ${[...new Set(others)].join(', ')}`);
};

/** INVALID_ARGUMENT, RESOURCE_EXHAUSTED, or a stream that was reset because there are too many bytes. */
const REJECTED = ['3', '8', 'reset 11'];

/** What one client, or several, can do to a gRPC server with little effort. */
export const ATTACKS: readonly Attack[] = [
  {
    name: 'millions of empty entries in one request',
    run: async (field, size) => {
      const clients = await field.clients(size);
      const ends = clients.flatMap((client) =>
        [EMPTY_ENTRIES, MOST_EMPTY_ENTRIES, MOST_EMPTY_ENTRIES].map((bytes) =>
          client.call(BATCH, framed(bytes)),
        ),
      );
      expectOnly(REJECTED, await Promise.all(ends));
    },
  },
  {
    name: 'compressed requests that expand a thousandfold',
    run: async (field, size) => {
      const bombs = [EMPTY_ENTRIES, MOST_EMPTY_ENTRIES].map((each) => framed(gzipSync(each), true));
      const clients = await field.clients(8 * size);
      const ends = clients.flatMap((client) =>
        times(50, (index) =>
          client.call(BATCH, bombs[index % 2] ?? Buffer.of(), { 'grpc-encoding': 'gzip' }),
        ),
      );
      expectOnly(REJECTED, await Promise.all(ends));
    },
  },
  {
    name: '25,600 faulty lines in each of many batches',
    run: async (field, size) => {
      const line = Buffer.concat([stringField(1, 'a b'), Buffer.of(0x10, 0)]);
      const lines = times(100, () => Buffer.concat([Buffer.of(0x12, line.length), line]));
      const basket = Buffer.concat([stringField(1, 'r'), ...lines]);
      const head = Buffer.of(0x0a, 0x80 | (basket.length & 0x7f), basket.length >> 7);
      const batch = framed(Buffer.concat(times(256, () => Buffer.concat([head, basket]))));
      const [client] = await field.clients(1);
      for (let call = 0; client && call < 4 * size; call += 1)
        expectOnly(['0'], [await client.call(BATCH, batch)]);
    },
  },
  {
    name: 'streams that are opened and never used',
    run: async (field, size) => {
      const clients = await field.clients(5 * size);
      for (const client of clients) times(1_000, () => client.open(`${INVENTORY}/GetStock`));
    },
  },
  {
    name: 'more streams than a connection may have',
    run: async (field, size) => {
      const [socket] = await field.sockets(1, PREFACE);
      if (!socket) return;
      socket.resume();
      const closed = new Promise((resolve) => socket.once('close', resolve));
      const sent = new Promise((resolve) => socket.write(headersOfCalls(20_000 * size), resolve));
      await Promise.race([sent, closed]);
    },
  },
  {
    name: 'health watches',
    run: async (field, size) => {
      const clients = await field.clients(5 * size);
      const ends = clients.flatMap((client) =>
        times(1_000, (index) => {
          const stream = client.open(HEALTH_WATCH);
          const end = endOf(stream);
          stream.end(framed(stringField(1, `service-${index}`)));
          return end;
        }),
      );
      const { status } = await Promise.any(ends);
      expectOnly(REJECTED, [{ status }]);
    },
  },
  {
    name: 'reflection calls that read nothing',
    run: async (field, size) => {
      const request = framed(stringField(4, 'inventory.v1.InventoryService'));
      const clients = await field.clients(5 * size, { initialWindowSize: 0 });
      for (const client of clients)
        times(20, () => client.open(REFLECTION).write(Buffer.concat(times(200, () => request))));
    },
  },
  {
    name: 'answers that are not read',
    run: (field, size) => neverRead(field, 4 * size, [`${INVENTORY}/GetStock`, MANY_SKUS]),
  },
  {
    name: 'pages that are not read',
    run: (field, size) => neverRead(field, 2 * size, [`${INVENTORY}/ListStock`, PAGE_OF_1000]),
  },
  {
    name: 'requests that are never finished',
    run: async (field, size) => {
      const clients = await field.clients(10 * size);
      const part = framed(Buffer.alloc(2_000_000)).subarray(0, 1_900_000);
      const ends = clients.flatMap((client) =>
        times(10, () => {
          const stream = client.open(BATCH);
          stream.write(part);
          return endOf(stream);
        }),
      );
      await Promise.any(ends);
    },
  },
  {
    name: 'large metadata',
    run: async (field, size) => {
      const clients = await field.clients(5 * size);
      for (const client of clients)
        times(200, (index) =>
          client.open(`${INVENTORY}/GetStock`, {
            'x-large': 'm'.repeat(index % 2 ? 7_000 : 20_000),
          }),
        );
    },
  },
  {
    name: 'calls that are reset at once',
    run: async (field, size) => {
      const clients = await field.clients(2 * size);
      for (const client of clients) {
        for (let round = 0; round < 20 && !client.session.destroyed; round += 1) {
          times(100, () => client.open(`${INVENTORY}/GetStock`).close(8));
          await new Promise(setImmediate);
        }
      }
    },
  },
  {
    name: 'a flood of pings',
    run: (field, size) => floodUntilClosed(field, Buffer.concat(times(5_000 * size, () => PING))),
  },
  {
    name: 'a flood of settings',
    run: (field, size) =>
      floodUntilClosed(field, Buffer.concat(times(5_000 * size, () => SETTINGS))),
  },
  {
    name: 'connections that are not HTTP/2',
    run: async (field, size) => {
      for (const bytes of ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', Buffer.alloc(70_000, 0x16)]) {
        const sockets = await field.sockets(50 * size, bytes);
        await eventually('they are closed', () =>
          sockets.every((socket) => socket.resume().destroyed),
        );
      }
    },
  },
  {
    name: 'more connections than there are places',
    run: async (field, size) => {
      for (let round = 0; round < 15; round += 1) await field.sockets(100 * size);
    },
  },
];
