import type { DynamicModule, LoggerService } from '@nestjs/common';
import { Logger, LoggerModule, type Params, PinoLogger } from 'nestjs-pino';
import { destination, type Logger as RootLogger, type LoggerOptions, pino } from 'pino';
import { LogLimiter } from './log-limiter';
import { currentRequestId, currentSubject, REQUEST_ID_HEADER } from './request-context';

/** The number of this level in pino. */
const INFO = 30;

export interface LogSettings {
  readonly service: string;
  readonly level: string;
  readonly format: 'json' | 'pretty';
}

export interface Logging {
  /** For NestFactory, so that errors during startup are logged, too. */
  readonly logger: LoggerService;
  /** For the root module. At debug, logs each request. */
  readonly module: DynamicModule;
}

/** Contexts in which Nest logs a page of lines about the modules and routes it sets up. */
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

/** `raw` is the request itself, whose `ip` is the client's address behind trusted proxies. */
const requestToLog = ({ id, method, url, raw }: Record<string, unknown>) => ({
  id,
  method,
  url,
  client: (Object(raw) as { ip?: unknown }).ip,
});

const responseToLog = ({ statusCode }: Record<string, unknown>) => ({ statusCode });

const SERIALIZERS = { err: toLog, req: requestToLog, res: responseToLog };

/** Credentials in headers, wherever a line has a request, a response, headers or gRPC metadata. */
const CREDENTIALS = ['authorization', 'cookie', 'set-cookie', 'proxy-authorization'].flatMap(
  (name) => ['', '*.', '*.*.'].map((path) => `${path}["${name}"]`.replace('.[', '[')),
);

/** Adds the id of the request, and who made it, to each line that is logged for it. */
const withRequest = (): object => {
  const requestId = currentRequestId();
  const subject = currentSubject();
  return {
    ...(requestId !== undefined && { requestId }),
    ...(subject !== undefined && { subject }),
  };
};

/** Returns what makes two lines the same to a reader: the context, the text and the error. */
const kindOf = (line: readonly unknown[]): string => {
  const [first] = line;
  const text = line.find((part) => typeof part === 'string');
  const { context, err } = Object(first) as { context?: string; err?: Error };
  return `${context} ${text} ${err?.message}`;
};

const withSuppressed = (line: readonly unknown[], suppressedLines: number): unknown[] => {
  const [first, ...rest] = line;
  return typeof first === 'object'
    ? [{ ...first, suppressedLines }, ...rest]
    : [{ suppressedLines }, ...line];
};

const PRETTY = {
  target: 'pino-pretty',
  options: { singleLine: true, ignore: 'pid,hostname,name', translateTime: 'SYS:HH:MM:ss.l' },
};

const rootLogger = ({ service, level, format }: LogSettings): RootLogger => {
  const limiter = new LogLimiter();
  const options: LoggerOptions = {
    name: service,
    level,
    serializers: SERIALIZERS,
    redact: { paths: CREDENTIALS, censor: '[redacted]' },
    mixin: withRequest,
    hooks: {
      logMethod(line, method, severity) {
        if (isFrameworkStartupLog(line, severity)) {
          this.debug(...line);
          return;
        }
        const suppressed = severity < INFO ? 0 : limiter.admit(kindOf(line));
        if (suppressed === 0) method.apply(this, line);
        else if (suppressed) method.apply(this, withSuppressed(line, suppressed) as typeof line);
      },
    },
  };
  // Synchronous: a buffered destination is flushed at exit, and that loops forever if the reader of
  // the pipe has exited (seen with sonic-boom 4.2.1).
  return format === 'pretty'
    ? pino({ ...options, transport: PRETTY })
    : pino(options, destination({ sync: true }));
};

/** Nest skips a method that its logger lacks. A line at debug, one for each call, then costs 0.1 µs, not 0.6 µs. */
const withoutDebug = (logger: LoggerService): LoggerService =>
  Object.assign(logger, { debug: undefined, verbose: undefined });

/**
 * Returns structured logging for everything that uses Nest's Logger. Requests are logged at debug
 * only: at thousands per second, a line each would cost more than the request. At other levels they get
 * no child logger, which cost more than all else of the request context: the lines take the id of their
 * request from its context (`runForRequest`).
 */
export const logging = (settings: LogSettings): Logging => {
  const logger = rootLogger(settings);
  const params: Params = {
    pinoHttp: {
      logger,
      // pino-http does not take them from the logger, and its own ones log all headers.
      serializers: SERIALIZERS,
      genReqId: (_request, response) => String(response.getHeader(REQUEST_ID_HEADER)),
      customLogLevel: () => 'debug',
    },
    ...(!logger.isLevelEnabled('debug') && { forRoutes: [] }),
  };
  const nestLogger = new Logger(new PinoLogger(params), params);
  return {
    logger: logger.isLevelEnabled('debug') ? nestLogger : withoutDebug(nestLogger),
    module: LoggerModule.forRoot(params),
  };
};
