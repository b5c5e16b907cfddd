import { Controller, Get, Header, Optional } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import { MessagingStatus } from '@app/events';
import { Database, databaseUnavailable } from '@app/postgres';
import { Public } from '../access/allow.decorator';
import { ClockService } from '../clock/clock.service';
import { ApiProblems } from '../http/api-problem';
import { shuttingDown } from '../http/http-errors';
import { InventoryAvailability } from '../inventory/inventory-availability';
import { type KafkaHealthDto, LiveDto, ReadyDto } from './health.dto';
import { Readiness } from './readiness.service';

/** Shorter than the timeouts of load balancers and orchestrators. */
const CHECK_TIMEOUT_MS = 1_000;

@ApiTags('Health')
@Controller()
export class HealthController {
  constructor(
    private readonly database: Database,
    private readonly inventory: InventoryAvailability,
    private readonly readiness: Readiness,
    private readonly clock: ClockService,
    @Optional() private readonly messaging?: MessagingStatus,
  ) {}

  /**
   * Check that the process responds
   * @remarks Returns the plain text `ok`, for clients that do not read JSON. Otherwise the same as
   * `/health/live`.
   */
  @Public()
  @Get('healthz')
  @ApiProblems('/healthz')
  @Header('Content-Type', 'text/plain; charset=utf-8')
  @ApiProduces('text/plain')
  @ApiOkResponse({
    description: 'The process responds.',
    schema: { type: 'string', example: 'ok' },
  })
  checkResponse(): string {
    return 'ok';
  }

  /**
   * Check liveness
   * @remarks Restart the process if this does not respond. Checks neither the database nor Inventory.
   */
  @Public()
  @Get('health/live')
  @ApiProblems('/health/live')
  @ApiOkResponse({ type: LiveDto, description: 'The process responds.' })
  checkLiveness(): LiveDto {
    return { status: 'ok' };
  }

  /**
   * Check readiness
   * @remarks Ready means that the database responds within 1 s and takes writes, and that this instance
   * is not shutting down. A full disk, a standby, and commits that wait for a lost standby count as not
   * ready. Inventory may be unavailable: orders are then PENDING, and decided when it is back.
   */
  @Public()
  @Get('health/ready')
  @ApiOkResponse({ type: ReadyDto, description: 'This instance can take orders.' })
  @ApiProblems('/health/ready', databaseUnavailable(), shuttingDown())
  async checkReadiness(): Promise<ReadyDto> {
    if (this.readiness.isStopping) throw shuttingDown();
    await this.database.check(CHECK_TIMEOUT_MS);
    return {
      status: 'ok',
      database: 'up',
      inventory: this.inventory.isReady ? 'up' : 'down',
      clockSkewMs: this.clock.skews(),
      ...(this.messaging && { kafka: toKafkaHealthDto(this.messaging) }),
    };
  }
}

const toKafkaHealthDto = ({ relayState, stoppedPartitions }: MessagingStatus): KafkaHealthDto => ({
  relay: relayState,
  stoppedPartitions: stoppedPartitions.map(({ partition, since, reason }) => ({
    partition,
    since: since.toISOString(),
    reason,
  })),
});
