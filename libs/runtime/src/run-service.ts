import type { INestApplicationContext } from '@nestjs/common';
import { ConfigError } from '@app/config';
import { Logger } from 'nestjs-pino';

interface Service {
  readonly app: INestApplicationContext;
  readonly shutdownTimeoutSeconds: number;
}

const explain = (error: unknown): string => {
  if (error instanceof ConfigError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
};

/**
 * Starts a service and ends it in order when it is told to: by SIGTERM, by Ctrl+C, or because the
 * process that started it over an IPC channel is gone. What is in flight is finished within the
 * time-out; after it, or at a second signal, the process ends at once.
 */
export const runService = async (name: string, start: () => Promise<Service>): Promise<void> => {
  const hadParent = process.connected;
  try {
    const service = await start();
    const logger = service.app.get(Logger);
    let stopping = false;
    const stop = (why: string): void => {
      if (stopping) {
        process.exit(1);
      }
      stopping = true;
      logger.log(`${name} stops (${why})`);
      setTimeout(() => {
        logger.error(`${name} did not stop within ${service.shutdownTimeoutSeconds} s; ending it`);
        process.exit(1);
      }, service.shutdownTimeoutSeconds * 1_000).unref();
      void service.app.close().then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error(explain(error));
          process.exit(1);
        },
      );
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    const stopWithParent = (): void => {
      if (!stopping) stop('its parent is gone');
    };
    process.on('disconnect', stopWithParent);
    // It may have gone while the service was starting, before anybody listened.
    if (hadParent && !process.connected) stopWithParent();
  } catch (error) {
    console.error(`${name} could not start: ${explain(error)}`);
    process.exit(1);
  }
};
