import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { destination } from 'pino';
import type { Options } from 'pino-http';

/** pino's number for the level. */
const INFO = 30;

export interface LogSettings {
  readonly service: string;
  readonly level: string;
  readonly format: 'json' | 'pretty';
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

const isFrameworkChatter = ([first]: readonly unknown[], level: number): boolean => {
  const { context } = Object(first) as { context?: unknown };
  return level === INFO && typeof context === 'string' && FRAMEWORK_CONTEXTS.has(context);
};

interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  readonly code?: unknown;
}

/** Not what else an error carries: TypeORM's hold the query's parameters, which are customers' data. */
const toLog = ({ name, message, stack = '', ...rest }: Error): LoggedError => ({
  type: name,
  message,
  stack,
  ...('code' in rest && { code: rest.code }),
});

const requestToLog = ({ id, method, url }: Record<string, unknown>) => ({ id, method, url });

const responseToLog = ({ statusCode }: Record<string, unknown>) => ({ statusCode });

/**
 * Structured logs for everything that uses Nest's Logger. Requests that went well are logged at
 * debug only: at thousands a second a line for each would cost more than the request.
 */
export const logging = (settings: LogSettings): DynamicModule =>
  LoggerModule.forRoot({
    pinoHttp:
      settings.format === 'pretty'
        ? { ...options(settings), transport: PRETTY }
        : // Synchronous: a buffered destination is flushed at exit, and spins for ever when whoever
          // read it is gone (seen with sonic-boom 4.2.1).
          [options(settings), destination({ sync: true })],
  });

const PRETTY = {
  target: 'pino-pretty',
  options: { singleLine: true, ignore: 'pid,hostname,name', translateTime: 'SYS:HH:MM:ss.l' },
};

const options = ({ service, level }: LogSettings): Options => ({
  name: service,
  level,
  serializers: { err: toLog, req: requestToLog, res: responseToLog },
  hooks: {
    logMethod(line, method, severity) {
      if (isFrameworkChatter(line, severity)) this.debug(...line);
      else method.apply(this, line);
    },
  },
  customLogLevel: (_request, response, error) =>
    error || response.statusCode >= 500 ? 'warn' : 'debug',
});
