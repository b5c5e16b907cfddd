import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type * as Kafka from '@platformatic/kafka';
import { BrokerUnavailable } from '../messaging/message';

/** How to reach a Kafka cluster. */
export interface KafkaConnection {
  /** At least one of its brokers, as host:port. */
  readonly brokers: readonly string[];
  /** Names this service in the logs and quotas of the brokers. */
  readonly clientId: string;
  /** Undefined: without TLS. Files are read at each connect, so they can be replaced. */
  readonly tls?: KafkaTls;
  readonly sasl?: KafkaSasl;
}

export interface KafkaTls {
  /** PEM file of the certificates that sign those of the brokers. Undefined: those that Node trusts. */
  readonly caFile?: string;
  /** PEM files of the client's own certificate and key, for brokers that ask for one. */
  readonly certFile?: string;
  readonly keyFile?: string;
}

export interface KafkaSasl {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  readonly username: string;
  readonly password: string;
}

const CONNECT_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 4_000;

interface PromiseWithResolvers<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (reason: unknown) => void;
}

/** The client calls it, and Node 20 does not have it. */
const providePromiseWithResolvers = (): void => {
  const target = Promise as unknown as { withResolvers?: unknown };
  target.withResolvers ??= <Value>(): PromiseWithResolvers<Value> => {
    let resolve!: (value: Value) => void;
    let reject!: (reason: unknown) => void;
    const promise = new Promise<Value>((onResolve, onReject) => {
      resolve = onResolve;
      reject = onReject;
    });
    return { promise, resolve, reject };
  };
};

/** Loads the client of Kafka. Services without brokers do without its memory and start time. */
export const loadKafka = async (): Promise<typeof Kafka> => {
  providePromiseWithResolvers();
  return import('@platformatic/kafka');
};

const tlsOptions = ({ caFile, certFile, keyFile }: KafkaTls): ConnectionOptions => ({
  ...(caFile !== undefined && { ca: readFileSync(caFile) }),
  ...(certFile !== undefined && { cert: readFileSync(certFile) }),
  ...(keyFile !== undefined && { key: readFileSync(keyFile) }),
});

/** Returns the options that all clients of the cluster share. Throws if a file cannot be read. */
export const clientOptions = ({
  brokers,
  clientId,
  tls,
  sasl,
}: KafkaConnection): Kafka.BaseOptions => ({
  clientId,
  bootstrapBrokers: [...brokers],
  connectTimeout: CONNECT_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  timeout: REQUEST_TIMEOUT_MS,
  autocreateTopics: false,
  ...(tls && { tls: tlsOptions(tls), tlsServerName: true }),
  ...(sasl && { sasl: { ...sasl } satisfies Kafka.SASLOptions }),
});

/** Returns the innermost reasons of an error of the client, each once. */
const reasonsOf = (error: unknown): string[] => {
  if (!(error instanceof Error)) return [String(error)];
  const nested = (error as { errors?: unknown }).errors;
  const causes: unknown[] = Array.isArray(nested) ? nested : [];
  if (error.cause !== undefined) causes.push(error.cause);
  const reasons = causes.flatMap(reasonsOf);
  return reasons.length > 0 ? [...new Set(reasons)] : [error.message];
};

/** Returns an error of the client as one line. */
export const toBrokerUnavailable = (error: unknown): BrokerUnavailable =>
  error instanceof BrokerUnavailable
    ? error
    : new BrokerUnavailable(reasonsOf(error).slice(0, 3).join('; '), { cause: error });

/** Rejects with BrokerUnavailable if `work` has not settled after the time. Does not end `work`. */
export const withTimeout = async <Result>(
  what: string,
  work: Promise<Result>,
  timeoutMs: number,
): Promise<Result> => {
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<never>((_, reject) => {
    const fail = () => reject(new BrokerUnavailable(`${what} took longer than ${timeoutMs} ms`));
    timer = setTimeout(fail, timeoutMs);
  });
  try {
    return await Promise.race([work, timedOut]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
};
