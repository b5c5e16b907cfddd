import fc from 'fast-check';
import { Enum, type Field, Type } from 'protobufjs';
import { referenceTo } from './known-objects';
import { oddText } from './odd-values';
import { reference, SKUS } from './schema-values';
import { LONG_HOLD_SECONDS } from './state';

type Message = Readonly<Record<string, unknown>>;

/** No order has it, so its stock may fall short of what is reserved. */
export const SHELF = 'shelf';

const INT64 = [
  ...['9223372036854775807', '-9223372036854775808', '2147483648', '-2147483649', '4294967297'],
  ...['-1', '0', '1', '1000000', '1000001', '1000000000', '1000000001', '9007199254740993'],
];

const sku = (): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...SKUS, SHELF) },
    fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
  );

/** Of reservations that no order has: orders would miss theirs. */
const reservationId = (): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.nat({ max: 300 }).map((index) => `generated-${index}`) },
    fc.stringMatching(/^[a-z0-9._:-]{1,64}$/),
    fc.constantFrom('0192f000-0000-7000-8000-000000000000'),
  );

/** Short or long: a hold must not expire between two looks at the state. */
const ttl = (): fc.Arbitrary<Message> =>
  fc.oneof(
    fc.integer({ min: 1_000_000, max: 300_000_000 }).map((nanos) => ({ seconds: 0, nanos })),
    fc.integer({ min: LONG_HOLD_SECONDS, max: 2_592_000 }).map((seconds) => ({ seconds })),
    fc.constantFrom<Message>(
      { seconds: 0 },
      { seconds: -1 },
      { nanos: 999_999 },
      { seconds: 2_592_001 },
      { seconds: '9223372036854775807', nanos: 2_147_483_647 },
      { seconds: '-9223372036854775808', nanos: -1 },
    ),
  );

const time = (): fc.Arbitrary<Message> =>
  fc.oneof(
    fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }).map((seconds) => ({ seconds })),
    fc.constantFrom<Message>(
      {},
      { seconds: -1 },
      { seconds: 1, nanos: -1 },
      { seconds: 1, nanos: 1_000_000_000 },
      { seconds: '253402300799', nanos: 999_999_999 },
      { seconds: '9223372036854775807' },
      { seconds: '-9223372036854775808' },
      { seconds: '-62135596800' },
    ),
  );

const BY_NAME: Readonly<Record<string, () => fc.Arbitrary<unknown>>> = {
  sku,
  skus: sku,
  reservation_id: reservationId,
  adjustment_id: () => fc.nat({ max: 10_000 }).map((index) => `generated-${index}`),
  quantity: () => fc.integer({ min: 1, max: 3 }),
  delta: () => fc.integer({ min: 0, max: 1_000 }),
  set_on_hand: () => fc.integer({ min: 1_000_000, max: 1_000_000_000 }),
  expected_on_hand: () => fc.integer({ min: 0, max: 1_000_000_000 }),
  low_at: () => fc.integer({ min: 0, max: 100 }),
  replenished_at: () => fc.integer({ min: 101, max: 1_000 }),
  ttl,
  at: time,
  occurred_at: time,
  prefix: () => fc.constantFrom('', 'b', 'burger'),
  page_size: () => fc.integer({ min: 0, max: 1_000 }),
  page_token: () => fc.constantFrom('', 'burger'),
  after_seq: () => fc.constantFrom(0, 1, 5),
  seq: () => fc.constantFrom(0, 1, 2),
  types: () => fc.constantFrom('stock.low', 'reservation.held', 'stock.adjusted'),
  reason: () => fc.constantFrom('count', 'delivery'),
  actor: () => fc.constantFrom('ann'),
};

/** Fields that are read only, so that they may name orders and positions. */
const OF_READS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'inventory.v1.GetReservationRequest.reservation_id': reference('reservation'),
  'inventory.v1.ListStockMovementsRequest.reservation_id': reference('reservation'),
  'inventory.v1.StreamEventsRequest.after': fc
    .nat({ max: 9 })
    .map((nth) => referenceTo('position', nth)),
};

/** Generates a message. `oddness` of 100 fields have a value that they should not have. */
export const messageOf = (type: Type, oddness: number): fc.Arbitrary<Message> => {
  const fields = type.fieldsArray.map((field) => {
    const value = valueOf(field, oddness);
    const present = field.name === 'ttl' || field.partOf ? 2 : 9;
    return [
      field.name,
      fc.oneof(
        { weight: present, arbitrary: value },
        { weight: oddness > 0 || present === 2 ? 1 : 0, arbitrary: fc.constant(undefined) },
      ),
    ] as const;
  });
  return fc.record(Object.fromEntries(fields)).map((message) => withoutConflicts(type, message));
};

const valueOf = (field: Field, oddness: number): fc.Arbitrary<unknown> => {
  const known = Object.hasOwn(BY_NAME, field.name) ? BY_NAME[field.name]?.() : undefined;
  const ofRead = OF_READS[`${field.parent?.fullName.slice(1) ?? ''}.${field.name}`];
  const one = mixed(
    ofRead ? fc.oneof(ofRead, known ?? ofRead) : (known ?? ofType(field, oddness)),
    field,
    oddness,
  );
  if (!field.repeated) return one;
  const lists = fc.array(one, { minLength: 1, maxLength: 4 });
  const odd = fc
    .constantFrom(0, 17, 101, 300)
    .chain((length) => fc.array(one, { minLength: length, maxLength: length }));
  return oddness === 0
    ? lists
    : fc.oneof({ weight: 12, arbitrary: lists }, { weight: 1, arbitrary: odd });
};

const mixed = (usual: fc.Arbitrary<unknown>, field: Field, oddness: number) =>
  oddness === 0
    ? usual
    : fc.oneof(
        { weight: 100 - oddness, arbitrary: usual },
        { weight: oddness, arbitrary: ofType(field, oddness) },
      );

const ofType = ({ type, resolvedType }: Field, oddness: number): fc.Arbitrary<unknown> => {
  if (resolvedType instanceof Enum) return fc.constantFrom(0, 1, 2, 99, -1, 2_147_483_647);
  if (resolvedType instanceof Type) return messageOf(resolvedType, oddness);
  if (type === 'string') return oddText();
  if (type === 'bool') return fc.boolean();
  if (type === 'int32')
    return fc.oneof(fc.integer(), fc.constantFrom(-1, 0, 1, 1_001, 2 ** 31 - 1, -(2 ** 31)));
  return fc.oneof(
    fc.constantFrom(...INT64),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  );
};

/** Keeps one field of each choice, and enough stock for orders. */
const withoutConflicts = (type: Type, message: Message): Message => {
  const copy: Record<string, unknown> = { ...message };
  for (const { oneof } of type.oneofsArray)
    for (const name of oneof.slice(1))
      if (copy[oneof[0] ?? ''] !== undefined) copy[name] = undefined;
  if (copy.allow_shortfall === true && copy.sku !== undefined) copy.sku = SHELF;
  return Object.fromEntries(Object.entries(copy).filter(([, value]) => value !== undefined));
};
