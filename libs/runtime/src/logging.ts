import type { DynamicModule, LoggerService } from '@nestjs/common';
import { Logger, LoggerModule, type Params, PinoLogger } from 'nestjs-pino';
import { destination, type Logger as RootLogger, type LoggerOptions, pino } from 'pino';
import { uuidv7 } from 'uuidv7';

/** pino's number for the level. */
const INFO = 30;

export interface LogSettings {
  readonly service: string;
  readonly level: string;
  readonly format: 'json' | 'pretty';
}

export interface Logging {
  /** For NestFactory: what goes wrong while the app is put together is logged, too. */
  readonly logger: LoggerService;
  /** For the root module: at debug, logs each request and marks what is logged while it is handled. */
  readonly module: DynamicModule;
}

/** Where Nest tells how it puts an app together: a page of lines that nobody asked for. */
const FRAMEWORK_CONTEXTS = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
]);

const isFrameworkStartupLog = ([first]: readonly unknown[], level: number): boolean => {
  const { context } = Object(first) as { context?: unknown };
  return level === INFO && typeof context === 'string' && FRAMEWORK_CONTEXTS.has(context);
};

interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  readonly code?: unknown;
  readonly cause?: LoggedError;
}

/** Omits all other properties: errors of pg and TypeORM carry values, which are customers' data. */
const toLog = (error: Error & { readonly code?: unknown }): LoggedError => ({
  type: error.constructor.name,
  message: error.message,
  stack: error.stack ?? '',
  ...(error.code !== undefined && { code: error.code }),
  ...(error.cause instanceof Error && { cause: toLog(error.cause) }),
});

const requestToLog = ({ id, method, url }: Record<string, unknown>) => ({ id, method, url });

const responseToLog = ({ statusCode }: Record<string, unknown>) => ({ statusCode });

const PRETTY = {
  target: 'pino-pretty',
  options: { singleLine: true, ignore: 'pid,hostname,name', translateTime: 'SYS:HH:MM:ss.l' },
};

const rootLogger = ({ service, level, format }: LogSettings): RootLogger => {
  const options: LoggerOptions = {
    name: service,
    level,
    serializers: { err: toLog, req: requestToLog, res: responseToLog },
    hooks: {
      logMethod(line, method, severity) {
        if (isFrameworkStartupLog(line, severity)) this.debug(...line);
        else method.apply(this, line);
      },
    },
  };
  // Synchronous: a buffered destination is flushed at exit, and spins for ever when whoever read it
  // is gone (seen with sonic-boom 4.2.1).
  return format === 'pretty'
    ? pino({ ...options, transport: PRETTY })
    : pino(options, destination({ sync: true }));
};

/**
 * Structured logs for everything that uses Nest's Logger. Requests are logged at debug only: at
 * thousands a second a line for each would cost more than the request. Above that they are not even
 * numbered and followed: with a child logger for each, and AsyncLocalStorage, which before Node 24
 * slows every promise down, Orders did 3,100 orders a second instead of 3,900 (npm run bench --
 * orders-insert, 256 clients). What fails in a request is logged by whoever knows why, with the
 * order's id.
 */
export const logging = (settings: LogSettings): Logging => {
  const logger = rootLogger(settings);
  const params: Params = {
    pinoHttp: { logger, genReqId: () => uuidv7(), customLogLevel: () => 'debug' },
    ...(!logger.isLevelEnabled('debug') && { forRoutes: [] }),
  };
  return {
    logger: new Logger(new PinoLogger(params), params),
    module: LoggerModule.forRoot(params),
  };
};
