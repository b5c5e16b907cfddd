import type { INestApplicationContext, LoggerService } from '@nestjs/common';
import { ConfigError } from '@app/config';

interface Service {
  readonly app: INestApplicationContext;
  readonly logger: LoggerService;
  /** How long the service keeps serving after it has announced its shutdown. */
  readonly drainMs: number;
  readonly shutdownTimeoutSeconds: number;
  /** Announces the shutdown before the server stops listening; Nest's hooks may run after that. */
  readonly beforeClose: () => void;
}

const explain = (error: unknown): string => {
  if (error instanceof ConfigError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${explain(error.cause)}`;
  return (error.stack ?? error.message) + cause;
};

/**
 * Starts a service, and shuts it down gracefully on SIGTERM, on Ctrl+C, or when the parent process
 * closes the IPC channel. Shutdown announces itself, keeps serving for `drainMs`, and then finishes
 * the requests in flight. The process exits at once at the timeout or at a second signal.
 */
export const runService = async (name: string, start: () => Promise<Service>): Promise<void> => {
  const hadParent = process.connected;
  try {
    const service = await start();
    const shutdown = shutdownOf(name, service);
    process.on('SIGTERM', shutdown.onSignal);
    process.on('SIGINT', shutdown.onSignal);
    process.on('disconnect', () => shutdown.begin('the parent process exited'));
    // The parent may have exited during startup, before this listener existed.
    if (hadParent && !process.connected) shutdown.begin('the parent process exited');
  } catch (error) {
    console.error(`${name} failed to start: ${explain(error)}`);
    process.exit(1);
  }
};

/** In watch mode Ctrl+C arrives twice at once: from the terminal and forwarded by the Nest CLI. */
const DUPLICATE_SIGNAL_WITHIN_MS = 1_000;

const shutdownOf = (name: string, service: Service) => {
  const { app, logger, drainMs, shutdownTimeoutSeconds, beforeClose } = service;
  let begunAtMs: number | undefined;
  const begin = (reason: string): void => {
    if (begunAtMs !== undefined) return;
    begunAtMs = performance.now();
    logger.log(`${name} is shutting down (${reason})`);
    beforeClose();
    setTimeout(close, drainMs);
  };
  const close = (): void => {
    setTimeout(() => {
      logger.error(`${name} did not shut down within ${shutdownTimeoutSeconds} s; exiting`);
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
  const onSignal = (signal: string): void => {
    if (begunAtMs === undefined) begin(signal);
    else if (performance.now() - begunAtMs > DUPLICATE_SIGNAL_WITHIN_MS) process.exit(1);
  };
  return { begin, onSignal };
};
