import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { type Reason, REASONS } from '@app/errors';

@ApiSchema({ name: 'FieldError' })
export class FieldErrorDto {
  /**
   * Path of the field in the request.
   * @example "items[0].quantity"
   */
  @ApiProperty()
  field!: string;

  /**
   * The fault, and what is valid.
   * @example "items[0].quantity must be > 0"
   */
  @ApiProperty()
  detail!: string;
}

/** RFC 9457. Some reasons carry further members, such as `shortages`. */
@ApiSchema({ name: 'Problem' })
export class ProblemDto {
  /** Identifies the kind of problem. Not a URL. */
  @ApiProperty()
  type!: string;

  /** A short summary of the kind of problem. */
  @ApiProperty()
  title!: string;

  /** The HTTP status. */
  @ApiProperty({ type: 'integer' })
  status!: number;

  /** What is wrong with this request, in a sentence for people. */
  @ApiProperty()
  detail!: string;

  /** The requested path. */
  @ApiProperty()
  instance!: string;

  /** The stable name of the error, for programs. */
  @ApiProperty({ enum: Object.keys(REASONS) })
  reason!: Reason;

  /** The invalid fields of an INVALID_REQUEST, at most 100. */
  @ApiProperty()
  errors?: FieldErrorDto[];

  /** The number of invalid fields that `errors` leaves out. Absent if it lists all. */
  @ApiProperty({ type: 'integer' })
  errorsLeftOut?: number;
}
