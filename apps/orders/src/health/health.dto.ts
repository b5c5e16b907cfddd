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
}
