import type { INestApplicationContext, LoggerService } from '@nestjs/common';

export interface StartedPeer {
  readonly app: INestApplicationContext;
  readonly logger: LoggerService;
}
