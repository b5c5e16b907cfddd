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
   * Always `ok`; otherwise the answer is 503.
   * @example "ok"
   */
  @ApiProperty()
  status!: 'ok';

  /**
   * Always `up`; otherwise the answer is 503.
   * @example "up"
   */
  @ApiProperty()
  database!: 'up';

  /**
   * Whether Inventory answers. Orders stays ready without it.
   * @example "up"
   */
  @ApiProperty({ enum: ['up', 'down'] })
  inventory!: 'up' | 'down';
}
