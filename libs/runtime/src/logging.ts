import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';

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

/**
 * Structured logs for everything that uses Nest's Logger. Requests that went well are logged at
 * debug only: at thousands a second a line for each would cost more than the request.
 */
export const logging = ({ service, level, format }: LogSettings): DynamicModule =>
  LoggerModule.forRoot({
    pinoHttp: {
      name: service,
      level,
      hooks: {
        logMethod(line, method, severity) {
          if (isFrameworkChatter(line, severity)) this.debug(...line);
          else method.apply(this, line);
        },
      },
      customLogLevel: (_request, response, error) =>
        error || response.statusCode >= 500 ? 'warn' : 'debug',
      ...(format === 'pretty' && {
        transport: {
          target: 'pino-pretty',
          options: {
            singleLine: true,
            ignore: 'pid,hostname,name',
            translateTime: 'SYS:HH:MM:ss.l',
          },
        },
      }),
    },
  });
