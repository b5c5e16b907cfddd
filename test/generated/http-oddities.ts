/** A header or a parameter. */
export type Pair = readonly [name: string, value: string];

const insertAt = (text: Buffer, share: number, bytes: Buffer): Buffer => {
  const place = Math.floor(text.length * share);
  return Buffer.concat([text.subarray(0, place), bytes, text.subarray(place)]);
};

/** What may be wrong with the bytes of a body. */
export const SPOILED = {
  not: (text: Buffer) => text,
  cut: (text: Buffer) => text.subarray(0, Math.floor(text.length / 2)),
  'twice the same': (text: Buffer) => Buffer.concat([text, text]),
  'byte order mark': (text: Buffer) => insertAt(text, 0, Buffer.from('\ufeff')),
  'UTF-16': (text: Buffer) => Buffer.from(text.toString(), 'utf16le'),
  'lone surrogate': (text: Buffer) => insertAt(text, 0.5, Buffer.from('eda080', 'hex')),
  'invalid UTF-8': (text: Buffer) => insertAt(text, 0.5, Buffer.of(0xff, 0xfe)),
  NUL: (text: Buffer) => insertAt(text, 0.5, Buffer.of(0)),
  'trailing comma': (text: Buffer) => Buffer.from(text.toString().replace(/\}$/, ',}')),
  'duplicate member': (text: Buffer) =>
    Buffer.from(text.toString().replace(/^\{("[^"]*"):/, '{$1:null,$1:')),
  'escaped surrogate': (text: Buffer) => Buffer.from(text.toString().replace(/":"/, '":"\\ud800')),
  'huge number': (text: Buffer) => Buffer.from(text.toString().replace(/:\d+/, ':1e400')),
  'long number': (text: Buffer) =>
    Buffer.from(text.toString().replace(/:\d+/, `:${'9'.repeat(400)}`)),
  deep: (text: Buffer) => Buffer.from('['.repeat(5_000) + text.toString()),
  large: (text: Buffer) => insertAt(text, 1, Buffer.alloc(110_000, ' ')),
  empty: () => Buffer.of(),
  'null instead': () => Buffer.from('null'),
  'not JSON': () => Buffer.from('userId=u-1&sku=burger&quantity=1'),
  prototype: () => Buffer.from('{"__proto__":{"quantity":1},"constructor":{"prototype":{}}}'),
} as const;

/** How a body may be declared. */
export const CONTENT_TYPES = [
  'application/json; charset=utf-8',
  'application/json; charset=utf-16',
  'application/json;charset',
  'application/problem+json',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'json',
  '',
] as const;

/** Headers that change how a request is handled, or that proxies and browsers send. */
export const ODD_HEADERS: readonly Pair[] = [
  ['Content-Encoding', 'gzip'],
  ['Content-Encoding', 'br'],
  ['Content-Encoding', 'x'],
  ['Accept', 'text/html'],
  ['Accept', 'text/event-stream'],
  ['Accept', 'application/xml;q=0'],
  ['Accept-Encoding', 'identity;q=0'],
  ['Origin', 'https://other.example'],
  ['Origin', 'null'],
  ['Sec-Fetch-Site', 'cross-site'],
  ['Host', 'other.example'],
  ['Host', ''],
  ['Host', 'a b'],
  ['Expect', '100-continue'],
  ['Expect', '200-ok'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['X-Forwarded-For', '10.0.0.1'],
  ['X-Forwarded-Host', 'other.example'],
  ['Forwarded', 'for=10.0.0.1;host=other.example'],
  ['If-None-Match', '*'],
  ['If-Match', '"x"'],
  ['Range', 'bytes=5-1'],
  ['Cookie', 'a=b'],
  ['X-Request-Id', 'request-1'],
  ['X-Request-Id', ''],
  ['X-Request-Id', 'a\u00e9'],
  ['X-Request-Id', 'x'.repeat(129)],
  ['Idempotency-Key', 'key-1'],
  ['Idempotency-Key', '"key 2"'],
  ['Idempotency-Key', 'a,b'],
  ['Last-Event-ID', '0'],
  ['Last-Event-ID', 'abc'],
  ['Upgrade', 'h2c'],
  ['TE', 'trailers'],
  ['X-Long', 'x'.repeat(9_000)],
  ['Accept-Language', '\u00ff'],
];

/** Targets that are none of the document, or are written in another way. */
export const RAW_TARGETS = [
  '/v1/orders/%',
  '/v1/orders/%00',
  '/v1/orders/%ff',
  '/v1/orders/%2e%2e%2fhealthz',
  '/v1/orders/../../healthz',
  '//v1/orders',
  '/v1/orders/',
  '/V1/ORDERS',
  '/v1//orders',
  '/v1/orders;x=1',
  '/v1/orders#x',
  '/v1/orders?',
  '/v1/orders?%',
  '/v1/orders?limit=%ff',
  '/v1/orders?limit[]=1',
  '/v1/orders?limit[a]=1',
  '/v1/orders?__proto__[limit]=1',
  '/v1/orders?=&&=',
  '/v1/unknown',
  '/',
  '*',
  'http://other.example/v1/orders',
  '/docs',
  '/docs/',
  '/openapi.json',
  '/openapi.yaml',
  '/favicon.ico',
  '/metrics',
  '/.env',
  `/v1/orders/${'x'.repeat(9_000)}`,
] as const;

export const METHODS = [
  ...['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND'],
  'PURGE',
];
