import type { INestApplicationContext, LoggerService } from '@nestjs/common';

export interface StartedBaseline {
  readonly app: INestApplicationContext;
  readonly logger: LoggerService;
}
