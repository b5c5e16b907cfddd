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

/** A partition of a topic with commands that does not move on. */
@ApiSchema({ name: 'StoppedPartition' })
export class StoppedPartitionDto {
  /**
   * Topic and number.
   * @example "order-commands.v1/3"
   */
  @ApiProperty()
  partition!: string;

  /** Since when. */
  @ApiProperty({ format: 'date-time' })
  since!: string;

  /**
   * Why its next command cannot be carried out now.
   * @example "cannot write to orders.dlq.v1: the topic has no leader yet"
   */
  @ApiProperty()
  reason!: string;
}

@ApiSchema({ name: 'KafkaHealth' })
export class KafkaHealthDto {
  /**
   * `active`: this instance publishes the events. `standby`: another one does. `unavailable`: this instance
   * cannot reach Kafka, and retries.
   * @example "active"
   */
  @ApiProperty({ enum: ['active', 'standby', 'unavailable'] })
  relay!: 'active' | 'standby' | 'unavailable';

  /** Partitions of this instance that do not move on. */
  @ApiProperty({ type: [StoppedPartitionDto] })
  stoppedPartitions!: StoppedPartitionDto[];
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

  /** What this instance does with Kafka. Absent without Kafka. Orders is ready without it. */
  @ApiProperty({ type: KafkaHealthDto })
  kafka?: KafkaHealthDto;
}
