import { gzipSync } from 'node:zlib';
import type { AttackedOrders } from './attacked-orders';
import { rawRequest } from './raw-connection';
import { times } from './wait';

const JSON_BODY = 'Content-Type: application/json';
const CHUNKED = 'Transfer-Encoding: chunked';
const UNFINISHED_BYTES = 99_000;

/** The start of a request whose headers do not end. */
export const ENDLESS_HEADERS = `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(7_000)}`;

/** A request without the end of its body. */
export const UNFINISHED_BODY =
  rawRequest('POST /v1/orders', { headers: [JSON_BODY, 'Content-Length: 100000'] }) +
  `{"note":"${'x'.repeat(UNFINISHED_BYTES)}`;

/** Returns a request without the last byte of its body, which is 99 kB when it is unpacked. */
export const unfinishedGzip = (): Buffer => {
  const body = gzipSync(JSON.stringify({ note: 'x'.repeat(UNFINISHED_BYTES) }));
  const headers = [JSON_BODY, 'Content-Encoding: gzip', `Content-Length: ${body.length}`];
  const head = Buffer.from(rawRequest('POST /v1/orders', { headers }));
  return Buffer.concat([head, body.subarray(0, -1)]);
};

/** Sends chunks on each connection until the server ends all of them. */
export const sendEndlessChunks = async (orders: AttackedOrders, line: string): Promise<void> => {
  const chunk = `8000\r\n${' '.repeat(0x8000)}\r\n`;
  const all = await orders.send(20, rawRequest(line, { headers: [JSON_BODY, CHUNKED] }));
  const timers = all.map((each) =>
    setInterval(() => each.socket.writableNeedDrain || each.send(chunk), 5),
  );
  await Promise.all(all.map((each) => each.untilEnd()));
  timers.forEach(clearInterval);
};

/** What is not a request of HTTP/1.1. */
export const NO_REQUESTS: readonly (readonly [what: string, bytes: string])[] = [
  ['no HTTP', 'hello\r\n\r\n'],
  ['another protocol', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['an invalid header', 'GET / HTTP/1.1\r\nHost x\r\n\r\n'],
  ['two lengths', rawRequest('POST /', { headers: ['Content-Length: 1', 'Content-Length: 2'] })],
  ['a length and chunks', rawRequest('POST /', { headers: ['Content-Length: 1', CHUNKED] })],
  ['an invalid chunk', `${rawRequest('POST /v1/orders', { headers: [JSON_BODY, CHUNKED] })}x\r\n`],
  ['a tunnel', 'CONNECT x:1 HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['no host', 'GET / HTTP/1.1\r\n\r\n'],
];

const items = (count: number, item: string): string =>
  `{"userId":"u","items":[${Array(count).fill(item).join()}]}`;

/** Bodies of up to 100 kB that are costly to check, all of them invalid. */
export const COSTLY_BODIES: readonly (readonly [what: string, body: string])[] = [
  [
    'lists in lists',
    `{"a":[${Array(900)
      .fill(`[${Array(36).fill('[]').join()}]`)
      .join()}]}`,
  ],
  ['nested lists', `{"a":[${Array(3_000).fill('[[[[[[[]]]]]]]').join()}]}`],
  ['many lists', `{"a":[${Array(33_000).fill('[]').join()}]}`],
  ['deep lists', `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
  ['empty items', items(499, '{}')],
  ['items with unknown fields', items(160, '{"a":1,"b":2}')],
  ['100 items with long faults', items(100, `{"sku":"${'!'.repeat(800)}","quantity":-1}`)],
  ['many unknown fields', `{${times(9_000, (nth) => `"f${nth}":1`).join()}}`],
  ['some unknown fields', `{${times(490, (nth) => `"${'f'.repeat(90)}${nth}":1`).join()}}`],
  ['a long name', `{"${'f'.repeat(UNFINISHED_BYTES)}":1}`],
  ['a long text', `{"userId":"${'u'.repeat(UNFINISHED_BYTES)}"}`],
  ['escapes', `{"note":"${'\\u0000'.repeat(16_000)}"}`],
];
