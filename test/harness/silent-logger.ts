import type { LoggerService } from '@nestjs/common';

const ignore = (): void => undefined;

/** A test says what went wrong by failing. */
export const silentLogger: LoggerService = { log: ignore, warn: ignore, error: ignore };
