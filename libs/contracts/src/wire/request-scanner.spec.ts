import { array, assert, property, uint8Array } from 'fast-check';
import { Writer } from 'protobufjs';
import { FieldDescriptorProto, FileDescriptorSet } from 'protobufjs/ext/descriptor';
import { LIMITS, maxRequestBytesOf } from '../limits';
import { INVENTORY_PROTO, loadProto, readDescriptorSet } from '../proto-files';
import { requestPlans } from './message-plan';
import { RequestScanner } from './request-scanner';

const SERVICE = '/inventory.v1.InventoryService';
const PLANS = requestPlans(readDescriptorSet());

const scannerOf = (method: string): RequestScanner => {
  const path = `${SERVICE}/${method}`;
  const plan = PLANS.get(path);
  if (!plan) throw new Error(`${path} has no plan`);
  return new RequestScanner(plan, maxRequestBytesOf(path));
};

const CREATE = scannerOf('CreateReservation');
const BATCH = scannerOf('BatchCreateReservations');
const ADJUST = scannerOf('AdjustStock');

type Write = (writer: Writer) => unknown;

const encode = (write: Write): Uint8Array => {
  const writer = Writer.create();
  write(writer);
  return writer.finish();
};

/** Writes a length-delimited field. */
const field = (number: number, value: Uint8Array): Write => {
  const tag = (number << 3) | 2;
  return (writer) => writer.uint32(tag).bytes(value);
};

const all =
  (...writes: readonly Write[]): Write =>
  (writer) =>
    writes.forEach((write) => write(writer));

const repeat = (count: number, write: Write): Write => all(...Array<Write>(count).fill(write));

const text = (number: number, value: string): Write => field(number, Buffer.from(value));
const quantity: Write = (writer) => writer.uint32(16).int64(2);
const line = encode(all(text(1, 'burger'), quantity));
const basket = encode(all(text(1, 'r-1'), field(2, line), field(2, line)));

interface Codec {
  requestSerialize(value: object): Buffer;
  requestDeserialize(bytes: Buffer): unknown;
}

const codecOf = (method: string): Codec => {
  const service = loadProto(INVENTORY_PROTO)['inventory.v1.InventoryService'];
  const codec = (service as unknown as Record<string, Codec>)[method];
  if (!codec) throw new Error(`There is no ${method}`);
  return codec;
};

/** Encodes a request as clients do. */
const request = (method: string, value: object): Buffer => codecOf(method).requestSerialize(value);

const LONG_SKU = 's'.repeat(64);
const LARGEST_LINE = { sku: LONG_SKU, quantity: LIMITS.maxQuantity };
const LARGEST_BASKET = {
  reservationId: 'r'.repeat(64),
  lines: Array(LIMITS.maxLines).fill(LARGEST_LINE),
  ttl: { seconds: LIMITS.maxTtlMs / 1_000, nanos: 999_999_999 },
};
const TIME = { seconds: 253_402_300_799, nanos: 999_999_999 };
const MAX_SEQ = Number.MAX_SAFE_INTEGER;

describe('accepts the largest valid request of', () => {
  it.each<[string, object]>([
    ['CreateReservation', LARGEST_BASKET],
    ['BatchCreateReservations', { requests: Array(LIMITS.maxBatch).fill(LARGEST_BASKET) }],
    ['GetStock', { skus: Array(LIMITS.maxLines).fill(LONG_SKU), at: TIME }],
    [
      'WatchStock',
      {
        skus: Array(LIMITS.maxLines).fill(LONG_SKU),
        after: Array(LIMITS.maxLines).fill({ sku: LONG_SKU, seq: MAX_SEQ, occurredAt: TIME }),
      },
    ],
    [
      'AdjustStock',
      {
        adjustmentId: 'a'.repeat(128),
        sku: LONG_SKU,
        delta: -LIMITS.maxOnHand,
        reason: '\u{1F600}'.repeat(LIMITS.maxReasonLength),
        actor: '\u{1F600}'.repeat(LIMITS.maxActorLength),
        expectedOnHand: LIMITS.maxOnHand,
        allowShortfall: true,
      },
    ],
    ['ListStock', { pageSize: -1, pageToken: LONG_SKU, prefix: LONG_SKU }],
  ])('%s', (method, value) => {
    expect(scannerOf(method).faultOf(request(method, value))).toBeUndefined();
  });
});

it('accepts fields of later versions, and repeated fields that are not repeated in the proto', () => {
  const later = all(
    text(1, 'first'),
    text(1, 'last'),
    field(15, Buffer.from([0xff])),
    (writer) => writer.uint32((16 << 3) | 0).uint64(7),
    (writer) => writer.uint32((17 << 3) | 1).fixed64(7),
    (writer) => writer.uint32((18 << 3) | 5).fixed32(7),
    field(2, line),
  );
  expect(CREATE.faultOf(encode(later))).toBeUndefined();
});

describe('rejects', () => {
  const many = 2_090_000;

  it.each<[string, RequestScanner, Uint8Array, { field: string; fault: unknown }]>([
    [
      '2,090,000 empty entries',
      BATCH,
      Buffer.alloc(many * 2).fill(Buffer.from([0x0a, 0])),
      { field: 'request', fault: 'must be at most 2097152 bytes, not 4180000' },
    ],
    [
      'as many empty entries as fit',
      BATCH,
      Buffer.alloc(LIMITS.maxBatchBytes).fill(Buffer.from([0x0a, 0])),
      { field: 'requests', fault: 'must have 1 to 256 requests, not 1048576' },
    ],
    [
      'one entry too many',
      CREATE,
      encode(repeat(101, field(2, line))),
      { field: 'lines', fault: 'must have 1 to 100 lines, not 101' },
    ],
    [
      'too many entries in all the baskets of a batch',
      BATCH,
      encode(all(repeat(3, field(1, basket)), field(1, encode(repeat(26_000, field(2, line)))))),
      { field: 'requests[3].lines', fault: 'must have at most 25600 lines in all' },
    ],
    [
      'too many fields',
      BATCH,
      encode(field(1, encode(repeat(LIMITS.maxRequestFields, text(1, 'r'))))),
      { field: 'request', fault: 'must have at most 100000 encoded fields' },
    ],
    [
      'a group',
      CREATE,
      Uint8Array.of((9 << 3) | 3, (9 << 3) | 4),
      { field: 'request', fault: expect.stringContaining('malformed at byte 0') },
    ],
    [
      'a field with the number 0',
      CREATE,
      Uint8Array.of(2, 0),
      { field: 'request', fault: expect.stringContaining('malformed at byte 0') },
    ],
    [
      'a length beyond the end',
      CREATE,
      Uint8Array.of(0x0a, 5, 65),
      {
        field: 'request',
        fault: expect.stringContaining('send inventory.v1.CreateReservationRequest'),
      },
    ],
    [
      'a length of 4 GB',
      CREATE,
      Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f),
      { field: 'request', fault: expect.stringContaining('malformed') },
    ],
    [
      'a number without an end',
      CREATE,
      Uint8Array.of(8 << 3, ...Array<number>(11).fill(0xff)),
      { field: 'request', fault: expect.stringContaining('malformed') },
    ],
    [
      'a line that ends in its middle',
      BATCH,
      encode(
        all(field(1, basket), field(1, encode(all(field(2, line), field(2, line.slice(0, 3)))))),
      ),
      { field: 'requests[1].lines[1]', fault: expect.stringContaining('malformed') },
    ],
    [
      'a number in place of text',
      CREATE,
      encode((writer) => writer.uint32((1 << 3) | 0).uint32(7)),
      { field: 'reservation_id', fault: expect.stringContaining('has another type') },
    ],
    [
      'text in place of a number',
      CREATE,
      encode(field(2, encode(all(text(1, 'burger'), text(2, '7'))))),
      { field: 'lines[0].quantity', fault: expect.stringContaining('has another type') },
    ],
    [
      'text that is not UTF-8',
      ADJUST,
      encode(all(text(1, 'a'), field(5, Uint8Array.of(0x61, 0xc3, 0x28)))),
      { field: 'reason', fault: 'must be valid UTF-8' },
    ],
    [
      'a surrogate in UTF-8',
      BATCH,
      encode(
        field(
          1,
          encode(all(field(2, line), field(2, encode(field(1, Uint8Array.of(0xed, 0xa0, 0x80)))))),
        ),
      ),
      { field: 'requests[0].lines[1].sku', fault: 'must be valid UTF-8' },
    ],
  ])('%s', (_what, scanner, bytes, fault) => {
    expect(scanner.faultOf(bytes)).toEqual(fault);
    // A fault leaves nothing behind.
    expect(CREATE.faultOf(basket)).toBeUndefined();
  });
});

it('never throws, and accepts nothing that the decoder cannot decode', () => {
  const codec = codecOf('CreateReservation');
  const piece = uint8Array({ maxLength: 12 });
  assert(
    property(array(piece, { maxLength: 6 }), (pieces) => {
      const bytes = Buffer.concat([basket, ...pieces]);
      if (CREATE.faultOf(bytes)) return;
      expect(() => codec.requestDeserialize(bytes)).not.toThrow();
    }),
    { numRuns: 2_000 },
  );
});

describe('lists of numbers', () => {
  const types = FieldDescriptorProto.getEnum('Type');
  const numbers = (kind: string, number: number) => ({
    name: kind.toLowerCase(),
    number,
    label: FieldDescriptorProto.getEnum('Label').LABEL_REPEATED,
    type: types[`TYPE_${kind}`],
  });
  const set = FileDescriptorSet.encode({
    file: [
      {
        package: 'p',
        messageType: [
          {
            name: 'Many',
            field: [numbers('INT64', 1), numbers('FIXED32', 2), numbers('DOUBLE', 3)],
          },
        ],
        service: [{ name: 'S', method: [{ name: 'M', inputType: '.p.Many' }] }],
      },
    ],
  }).finish();
  const limit = { min: 0, max: 3, what: 'numbers' };
  const limits = { 'p.Many.int64': limit, 'p.Many.fixed32': limit, 'p.Many.double': limit };

  const scanner = (): RequestScanner => {
    const plan = requestPlans(Buffer.from(set), limits).get('/p.S/M');
    if (!plan) throw new Error('There is no plan');
    return new RequestScanner(plan, 1_000);
  };

  it.each([
    ['varints', 1, (count: number) => Buffer.alloc(count * 2).fill(Buffer.from([0x80, 1]))],
    ['of 32 bits', 2, (count: number) => Buffer.alloc(count * 4)],
    ['of 64 bits', 3, (count: number) => Buffer.alloc(count * 8)],
  ])('%s are counted in packed form', (_what, number, packed) => {
    expect(scanner().faultOf(encode(field(number, packed(3))))).toBeUndefined();
    expect(scanner().faultOf(encode(field(number, packed(4))))).toMatchObject({
      fault: expect.stringContaining('numbers') as string,
    });
    expect(scanner().faultOf(encode(field(number, packed(1).subarray(0, 1))))).toMatchObject({
      fault: expect.stringContaining('malformed') as string,
    });
  });

  it('are counted one by one, too', () => {
    const one: Write = (writer) => writer.uint32(8).int64(1);
    expect(scanner().faultOf(encode(repeat(3, one)))).toBeUndefined();
    expect(scanner().faultOf(encode(repeat(4, one)))).toMatchObject({ field: 'int64' });
  });

  it('need a limit', () => {
    expect(() => requestPlans(Buffer.from(set), {})).toThrow('p.Many.int64 has no limit');
  });
});
