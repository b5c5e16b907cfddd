import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { framed } from '../harness/hostile-client';
import { messageOf } from './grpc-values';
import type { KnownObjects } from './known-objects';
import type { ProtoDocument, Rpc } from './proto-document';

type Headers = Readonly<Record<string, string>>;

/** A call before its references to objects are resolved. */
export interface GrpcInput {
  readonly rpc: Rpc;
  /** Replaces the path of the RPC. */
  readonly rawPath: string | undefined;
  readonly message: Readonly<Record<string, unknown>>;
  readonly spoil: keyof typeof SPOILED;
  readonly frame: keyof typeof FRAMES;
  readonly headers: Headers;
  readonly noise: Uint8Array;
}

/** A call as it is sent. */
export interface GrpcRequest {
  readonly rpc: Rpc;
  readonly path: string;
  readonly headers: Headers;
  readonly message: Buffer;
  readonly body: Buffer;
  /** It is the message as the proto encodes it, with nothing odd around it. */
  readonly isPlain: boolean;
  /** It has no message, or several. */
  readonly isMiscounted: boolean;
}

type Change = (message: Buffer, noise: Buffer) => Buffer;

/** What may be wrong with the bytes of a message. */
const SPOILED = {
  not: (message) => message,
  cut: (message) => message.subarray(0, -1),
  halved: (message) => message.subarray(0, message.length >> 1),
  'with noise': (message, noise) => Buffer.concat([message, noise]),
  noise: (_message, noise) => noise,
  'sent twice': (message) => Buffer.concat([message, message]),
  'unknown field': (message) => Buffer.concat([message, Buffer.from('c23e03616263', 'hex')]),
  'field 0': (message) => Buffer.concat([message, Buffer.of(0x02, 0x01, 0x61)]),
  'another wire type': (message) => Buffer.concat([Buffer.of(0x08, 0x01), message]),
  'fixed32 for field 1': (message) => Buffer.concat([Buffer.of(0x0d, 1, 2, 3, 4), message]),
  'open group': (message) => Buffer.concat([message, Buffer.of(0x0b)]),
  'end of a group': (message) => Buffer.concat([message, Buffer.of(0x0c)]),
  'length beyond the end': (message) =>
    Buffer.concat([message, Buffer.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f)]),
  'long varint': (message) => Buffer.concat([message, Buffer.of(0x10), Buffer.alloc(11, 0xff)]),
  'invalid UTF-8': (message) => Buffer.concat([message, Buffer.of(0x0a, 2, 0xc3, 0x28)]),
  'changed bits': (message, noise) =>
    Buffer.from(message.map((byte, index) => byte ^ (index % 7 === 3 ? (noise[0] ?? 1) : 0))),
  'many empty entries': (message) => Buffer.concat([message, Buffer.alloc(2_000, '\x12\0')]),
  large: (message) =>
    Buffer.concat([message, Buffer.from('0a80800a', 'hex'), Buffer.alloc(163_840)]),
} as const satisfies Record<string, Change>;

/** How a message may be framed. */
const FRAMES = {
  plain: (message) => framed(message),
  gzip: (message) => framed(gzipSync(message), true),
  'compressed by name only': (message) => framed(message, true),
  'unknown flag': (message) => Buffer.concat([Buffer.of(2), framed(message).subarray(1)]),
  'no message': () => Buffer.of(),
  'two messages': (message) => Buffer.concat([framed(message), framed(message)]),
  'part of a frame': (message) => framed(message).subarray(0, -1),
  'part of a head': () => Buffer.of(0, 0, 0),
  'length of 4 GB': (message) => Buffer.concat([Buffer.from('00ffffffff', 'hex'), message]),
  'bytes behind it': (message) => Buffer.concat([framed(message), Buffer.of(0, 0)]),
} as const satisfies Record<string, (message: Buffer) => Buffer>;

const ODD_HEADERS: readonly Headers[] = [
  { 'grpc-timeout': '0n' },
  { 'grpc-timeout': '1n' },
  { 'grpc-timeout': '1m' },
  { 'grpc-timeout': '99999999H' },
  { 'grpc-timeout': '123456789S' },
  { 'grpc-timeout': '-1S' },
  { 'grpc-timeout': 'soon' },
  { 'grpc-timeout': '' },
  { 'content-type': 'application/json' },
  { 'content-type': 'application/grpc+json' },
  { 'content-type': '' },
  { ':method': 'GET' },
  { ':authority': 'other.example' },
  { 'x-request-id': 'request-1' },
  { 'x-request-id': 'a b' },
  { 'x-request-id': 'x'.repeat(500) },
  { 'acting-subject': '%' },
  { 'acting-subject': '%00%ff' },
  { 'acting-subject': 'customer-1' },
  { 'some-bin': 'not base64!' },
  { 'some-bin': 'AAEC' },
  { 'grpc-encoding': 'gzip' },
  { 'grpc-encoding': 'deflate' },
  { 'grpc-encoding': 'snappy' },
  { 'grpc-accept-encoding': 'x' },
  { 'user-agent': '' },
  { 'x-large': 'x'.repeat(7_000) },
  { 'x-large': 'x'.repeat(9_000) },
  { 'grpc-previous-rpc-attempts': '-1' },
];

const RAW_PATHS = [
  '/inventory.v1.InventoryService/getStock',
  '/inventory.v1.InventoryService/Unknown',
  '/inventory.v1.InventoryService/',
  '/InventoryService/GetStock',
  '/inventory.v1.InventoryService/__proto__',
  '/',
  '/x'.repeat(2_000),
  '/grpc.health.v1.Health/Check',
  '/grpc.reflection.v1.ServerReflection/Unknown',
] as const;

/** A stream ends by its deadline: Node would end a connection on which a client cancels many calls. */
const STREAM_TIMEOUT = '200m';

/** Generates calls of all RPCs of the proto. */
export class GrpcInputs {
  constructor(private readonly document: ProtoDocument) {}

  arbitrary(): fc.Arbitrary<GrpcInput> {
    return fc.oneof(
      ...this.document.rpcs.flatMap((rpc) => [
        { weight: 2, arbitrary: inputOf(rpc, false) },
        { weight: 3, arbitrary: inputOf(rpc, true) },
      ]),
    );
  }
}

const inputOf = (rpc: Rpc, isOdd: boolean): fc.Arbitrary<GrpcInput> => {
  const seldom = <Value, Other>(odd: fc.Arbitrary<Value>, usual: Other, weight = 6) =>
    fc.oneof(
      { weight, arbitrary: fc.constant<Value | Other>(usual) },
      { weight: isOdd ? 1 : 0, arbitrary: odd },
    );
  return fc.record({
    rpc: fc.constant(rpc),
    rawPath: seldom(fc.constantFrom<string>(...RAW_PATHS), undefined, 25),
    message: messageOf(rpc.request, isOdd ? 15 : 0),
    spoil: seldom(fc.constantFrom(...keysOf(SPOILED)), 'not', 4),
    frame: seldom(fc.constantFrom(...keysOf(FRAMES)), 'plain', 14),
    headers: seldom(fc.constantFrom(...ODD_HEADERS), {}, 6),
    noise: fc.uint8Array({ minLength: 1, maxLength: 60 }),
  });
};

/** Returns the bytes of a call. */
export const toCall = (input: GrpcInput, known: KnownObjects): GrpcRequest => {
  const { rpc, rawPath, spoil, frame, headers } = input;
  const object = known.resolveIn(input.message) as Record<string, unknown>;
  const encoded = Buffer.from(rpc.request.encode(rpc.request.fromObject(object)).finish());
  const change: Change = SPOILED[spoil];
  const message = change(encoded, Buffer.from(input.noise));
  return {
    rpc,
    path: rawPath ?? rpc.path,
    headers: {
      ...(rpc.isStream && { 'grpc-timeout': STREAM_TIMEOUT }),
      ...(frame === 'gzip' && { 'grpc-encoding': 'gzip' }),
      ...headers,
      // Nothing else would end a stream in time.
      ...(rpc.isStream &&
        headers['grpc-timeout']?.endsWith('H') && { 'grpc-timeout': STREAM_TIMEOUT }),
    },
    message,
    body: FRAMES[frame](message),
    isMiscounted:
      /^(no message|two messages|part|length|bytes)/.test(frame) || ':method' in headers,
    isPlain: rawPath === undefined && frame === 'plain' && Object.keys(headers).length === 0,
  };
};

const keysOf = <Name extends string>(names: Readonly<Record<Name, unknown>>): Name[] =>
  Object.keys(names) as Name[];
