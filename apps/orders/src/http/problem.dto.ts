import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { type Reason, REASONS } from '@app/errors';

@ApiSchema({ name: 'FieldError' })
export class FieldErrorDto {
  /**
   * Path of the field as it was sent.
   * @example "items[0].quantity"
   */
  @ApiProperty()
  field!: string;

  /**
   * What is wrong with it, and what would be right.
   * @example "items[0].quantity must be > 0"
   */
  @ApiProperty()
  detail!: string;
}

/** RFC 9457. Some reasons carry further members, such as `shortages`. */
@ApiSchema({ name: 'Problem' })
export class ProblemDto {
  /** A name for the kind of problem; it leads nowhere. */
  @ApiProperty()
  type!: string;

  /** The HTTP status in words. */
  @ApiProperty()
  title!: string;

  /** The HTTP status. */
  @ApiProperty({ type: 'integer' })
  status!: number;

  /** What is wrong with this request, in a sentence. */
  @ApiProperty()
  detail!: string;

  /** The path that was asked for. */
  @ApiProperty()
  instance!: string;

  /** The stable name of what went wrong, for programs. */
  @ApiProperty({ enum: Object.keys(REASONS) })
  reason!: Reason;

  /** One entry for every bad field, where fields are what is wrong; 100 at most. */
  @ApiProperty()
  errors?: FieldErrorDto[];

  /** How many more bad fields there are than `errors` lists; not there where it lists all. */
  @ApiProperty({ type: 'integer' })
  errorsLeftOut?: number;
}
