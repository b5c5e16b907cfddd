import {
  array,
  type Arbitrary,
  assert,
  asyncProperty,
  constant,
  constantFrom,
  integer,
  oneof,
  option,
  record,
  string,
} from 'fast-check';
import type { CreateReservationRequest, ReserveStockRequest } from '@app/contracts';
import { RequestValidationPipe } from '@app/errors';
import { CreateReservationDto, ReserveStockDto } from './reservation.dto';

const text = oneof(constantFrom('pizza', '', 'a b', 'x'.repeat(64), 'x'.repeat(65)), string());
const quantity = oneof(
  constantFrom(1, 0, -1, 1.5, 1_000_000, 1_000_001, Number.NaN, 4_294_967_297),
  integer(),
);
const line = record({ sku: text, quantity });
const validLine = record({ sku: constant('pizza'), quantity: integer({ min: 1, max: 9 }) });
const ttl = record({
  seconds: constantFrom(0, 1, 2_592_000, 2_592_001, -1),
  nanos: constantFrom(0, 1, 999_999, 1_000_000, -1),
});

const request: Arbitrary<CreateReservationRequest> = record({
  reservationId: oneof(constant('r-1'), text),
  lines: oneof(
    array(validLine, { minLength: 1, maxLength: 3 }),
    array(line, { maxLength: 3 }),
    array(validLine, { minLength: 99, maxLength: 101 }),
  ),
  ttl: option(ttl, { nil: undefined }),
});

const take: Arbitrary<ReserveStockRequest> = record({
  sku: oneof(constant('pizza'), text),
  quantity: oneof(integer({ min: 1, max: 9 }), quantity),
  reservationId: oneof(constantFrom('', 'r-1'), text),
});

/** These classes have no fast check, so the pipe applies the rules of the class. */
class CreateWithoutFastCheck extends CreateReservationDto {
  static override isValid(): boolean {
    return false;
  }
}
class ReserveWithoutFastCheck extends ReserveStockDto {
  static override isValid(): boolean {
    return false;
  }
}

const itAgrees = <Request>(
  requests: Arbitrary<Request>,
  isValid: (request: Request) => boolean,
  metatype: new () => Request,
): Promise<void> => {
  const pipe = new RequestValidationPipe();
  const counts = { valid: 0, invalid: 0 };
  return assert(
    asyncProperty(requests, async (each) => {
      const passes = await pipe.transform(each, { type: 'body', metatype }).then(
        () => true,
        () => false,
      );
      counts[passes ? 'valid' : 'invalid'] += 1;
      expect(isValid(each)).toBe(passes);
    }),
    { numRuns: 1_000 },
  ).then(() => {
    // The property proves something only if both results are frequent.
    expect(Math.min(counts.valid, counts.invalid)).toBeGreaterThan(100);
  });
};

describe('isValid accepts exactly the requests that the rules of the class accept', () => {
  it('of CreateReservation', () =>
    itAgrees(request, (each) => CreateReservationDto.isValid(each), CreateWithoutFastCheck));

  it('of ReserveStock', () =>
    itAgrees(take, (each) => ReserveStockDto.isValid(each), ReserveWithoutFastCheck));
});
