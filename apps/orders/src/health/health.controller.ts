import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import { ServiceError } from '@app/errors';
import { Database } from '@app/postgres';
import { ApiProblems, DATABASE_UNAVAILABLE } from '../http/api-problem';
import { InventoryAvailability } from '../inventory/inventory-availability';
import { LiveDto, ReadyDto } from './health.dto';
import { Readiness } from './readiness.service';

/** Whoever asks for readiness has a time-out, too, and it is mostly short. */
const ANSWER_WITHIN_MS = 1_000;

@ApiTags('Health')
@Controller()
export class HealthController {
  constructor(
    private readonly database: Database,
    private readonly inventory: InventoryAvailability,
    private readonly readiness: Readiness,
  ) {}

  /**
   * Does it answer?
   * @remarks The plain text `ok`, for whoever wants no JSON. Says no more than `/health/live`.
   */
  @Get('healthz')
  @Header('Content-Type', 'text/plain; charset=utf-8')
  @ApiProduces('text/plain')
  @ApiOkResponse({ description: 'It does.', schema: { type: 'string', example: 'ok' } })
  healthz(): string {
    return 'ok';
  }

  /**
   * Is the process alive?
   * @remarks Restart it when this does not answer.
   */
  @Get('health/live')
  @ApiOkResponse({ type: LiveDto, description: 'It is.' })
  live(): LiveDto {
    return { status: 'ok' };
  }

  /**
   * Can it take orders?
   * @remarks Needs its own database. Inventory may be down: orders are then PENDING, and decided
   * when it is back.
   */
  @Get('health/ready')
  @ApiOkResponse({ type: ReadyDto, description: 'It can.' })
  @ApiProblems('/health/ready', DATABASE_UNAVAILABLE, {
    reason: 'SHUTTING_DOWN',
    detail: 'This instance is shutting down; use another one.',
  })
  async ready(): Promise<ReadyDto> {
    if (this.readiness.isStopping) {
      throw new ServiceError('SHUTTING_DOWN', 'This instance is shutting down; use another one.');
    }
    await this.database.ping(ANSWER_WITHIN_MS);
    return { status: 'ok', database: 'up', inventory: this.inventory.isAvailable ? 'up' : 'down' };
  }
}
