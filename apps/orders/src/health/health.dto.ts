import { ApiProperty, ApiSchema } from '@nestjs/swagger';

@ApiSchema({ name: 'Live' })
export class LiveDto {
  /**
   * Always `ok`.
   * @example "ok"
   */
  @ApiProperty()
  status!: 'ok';
}

@ApiSchema({ name: 'ClockSkews' })
export class ClockSkewsDto {
  /**
   * Of this process.
   * @example 0
   */
  @ApiProperty({ type: 'integer' })
  process!: number;

  /**
   * Of Orders' database. Null: not read yet.
   * @example 1
   */
  @ApiProperty({ type: 'integer', nullable: true })
  ordersDatabase!: number | null;

  /**
   * Of Inventory's database. Null: not read yet.
   * @example -1
   */
  @ApiProperty({ type: 'integer', nullable: true })
  inventoryDatabase!: number | null;
}

@ApiSchema({ name: 'Ready' })
export class ReadyDto {
  /**
   * Always `ok`. An instance that is not ready returns 503.
   * @example "ok"
   */
  @ApiProperty()
  status!: 'ok';

  /**
   * Always `up`. While the database is unavailable, the response is 503.
   * @example "up"
   */
  @ApiProperty()
  database!: 'up';

  /**
   * Whether Inventory is available. Orders is ready without it.
   * @example "up"
   */
  @ApiProperty({ enum: ['up', 'down'] })
  inventory!: 'up' | 'down';

  /**
   * Milliseconds by which each clock is ahead of the median of the three. Order ids use the median, so one
   * wrong clock affects no order.
   */
  @ApiProperty({ type: ClockSkewsDto })
  clockSkewMs!: ClockSkewsDto;
}
