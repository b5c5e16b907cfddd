import type { INestApplicationContext, LoggerService } from '@nestjs/common';
import { ConfigError } from '@app/config';

interface Service {
  readonly app: INestApplicationContext;
  readonly logger: LoggerService;
  /** How long it goes on after it has said that it will stop. */
  readonly drainMs: number;
  readonly shutdownTimeoutSeconds: number;
  /** Says that it will stop, before it stops listening: Nest's hooks may come after that. */
  readonly beforeClose: () => void;
}

const explain = (error: unknown): string => {
  if (error instanceof ConfigError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${explain(error.cause)}`;
  return (error.stack ?? error.message) + cause;
};

/**
 * Starts a service and ends it in order when it is told to: by SIGTERM, by Ctrl+C, or because the
 * process that started it over an IPC channel is gone. It says so, goes on for a while so that
 * everybody hears of it, and then finishes what is in flight within the time-out; after that, or at a second signal, the process ends at once.
 */
export const runService = async (name: string, start: () => Promise<Service>): Promise<void> => {
  const hadParent = process.connected;
  try {
    const service = await start();
    const stop = shutdownOf(name, service);
    process.on('SIGTERM', stop.orInsist);
    process.on('SIGINT', stop.orInsist);
    process.on('disconnect', () => stop.begin('its parent is gone'));
    // It may have gone while the service was starting, before anybody listened.
    if (hadParent && !process.connected) stop.begin('its parent is gone');
  } catch (error) {
    console.error(`${name} could not start: ${explain(error)}`);
    process.exit(1);
  }
};

/** Ctrl+C in watch mode comes twice at once: from the terminal, and passed on by the Nest CLI. */
const DUPLICATE_SIGNAL_WITHIN_MS = 1_000;

const shutdownOf = (name: string, service: Service) => {
  const { app, logger, drainMs, shutdownTimeoutSeconds, beforeClose } = service;
  let stoppingSinceMs: number | undefined;
  const begin = (why: string): void => {
    if (stoppingSinceMs !== undefined) return;
    stoppingSinceMs = performance.now();
    logger.log(`${name} stops (${why})`);
    beforeClose();
    setTimeout(close, drainMs);
  };
  const close = (): void => {
    setTimeout(() => {
      logger.error(`${name} did not stop within ${shutdownTimeoutSeconds} s; ending it`);
      process.exit(1);
    }, shutdownTimeoutSeconds * 1_000).unref();
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error(explain(error));
        process.exit(1);
      },
    );
  };
  const orInsist = (signal: string): void => {
    if (stoppingSinceMs === undefined) begin(signal);
    else if (performance.now() - stoppingSinceMs > DUPLICATE_SIGNAL_WITHIN_MS) process.exit(1);
  };
  return { begin, orInsist };
};
