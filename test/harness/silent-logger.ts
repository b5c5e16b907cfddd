import type { LoggerService } from '@nestjs/common';

const ignore = (): void => undefined;

/** Tests report failures themselves and need no log. */
export const silentLogger: LoggerService = { log: ignore, warn: ignore, error: ignore };
