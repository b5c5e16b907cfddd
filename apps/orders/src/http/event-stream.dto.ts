import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsOptional, Max, Min } from 'class-validator';
import { wholeNumber } from './page-size';

const MAX_SECONDS = 3_600;
const FAULT = `must be a whole number of seconds from 1 to ${MAX_SECONDS}`;

/** The query of a stream of server-sent events. */
export class EventStreamDto {
  /**
   * Ends the stream after this time, 1 to 3,600 seconds. Without it, the stream lasts until you close it.
   * @example 5
   */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_SECONDS })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => wholeNumber(value))
  @Min(1, { message: FAULT })
  @Max(MAX_SECONDS, { message: FAULT })
  maxSeconds?: number;
}
