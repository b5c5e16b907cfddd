import { z } from 'zod';
import { ConfigError } from './config';
import { hostAndPortFault } from './host-and-port';
import { flag, listWithout, wholeNumber } from './settings';

const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

const file = () => z.string().optional();

const settings = {
  BROKERS: listWithout(hostAndPortFault).describe(
    `Addresses of some Kafka brokers, as host:port, separated by commas. Empty: without Kafka.`,
  ),
  START: z
    .enum(['oldest', 'now'], { error: 'must be oldest or now' })
    .default('oldest')
    .describe(
      `Which events a relay publishes that has never run: all that the log still has (oldest), or those
that occur from then on (now). Afterwards it continues where it was.`,
    ),
  COMMANDS: flag('true').describe('Whether to consume commands from Kafka.'),
  TOPIC_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{0,100}$/, 'must be up to 100 characters out of A-Z a-z 0-9 . _ -')
    .default('')
    .describe('Text before the names of all topics and groups, such as test. to share a cluster.'),
  CREATE_TOPICS: flag('true').describe(
    'Whether to create the topics that are missing. Otherwise the service waits for them.',
  ),
  TOPIC_PARTITIONS: wholeNumber(1, 1_000, 'partitions')
    .default(6)
    .describe(
      `Partitions of the topics that the service creates. More partitions later change the partition of
most keys: until consumers have read the older events, the order of a key is lost.`,
    ),
  TOPIC_REPLICAS: wholeNumber(-1, 100, 'replicas')
    .default(-1)
    .describe(
      `Replicas of the topics that the service creates. -1: as many as the brokers create by default. Use 3
with min.insync.replicas=2 in production.`,
    ),
  TLS: flag('false').describe('Whether to connect with TLS.'),
  TLS_CA_FILE: file().describe(
    'PEM file of the certificates that sign those of the brokers. Default: those that Node trusts.',
  ),
  TLS_CERT_FILE: file().describe(
    `PEM file of the client's own certificate, for brokers that require one.`,
  ),
  TLS_KEY_FILE: file().describe('PEM file of the key of that certificate.'),
  SASL_MECHANISM: z
    .enum(SASL_MECHANISMS, { error: `must be one of ${SASL_MECHANISMS.join(', ')}` })
    .optional()
    .describe(`How to log in: ${SASL_MECHANISMS.join(', ')}. Default: without login.`),
  SASL_USERNAME: z.string().optional().describe('User name for the login.'),
  SASL_PASSWORD: z.string().optional().describe('Password for the login.'),
};

type Settings = typeof settings;

export type KafkaPrefix = 'ORDERS' | 'INVENTORY';

type Prefixed<Prefix extends KafkaPrefix> = {
  [Name in keyof Settings as `${Prefix}_KAFKA_${Name}`]: Settings[Name];
};

/** The settings of a service for Kafka, named `ORDERS_KAFKA_BROKERS` and so on. */
export const kafkaSettings = <Prefix extends KafkaPrefix>(prefix: Prefix): Prefixed<Prefix> =>
  Object.fromEntries(
    Object.entries(settings).map(([name, setting]) => [`${prefix}_KAFKA_${name}`, setting]),
  ) as Prefixed<Prefix>;

/** What the settings of a service say about Kafka. */
export interface KafkaConfig {
  readonly brokers: readonly string[];
  readonly start: 'oldest' | 'now';
  readonly isConsuming: boolean;
  readonly topicPrefix: string;
  readonly topics: {
    readonly create: boolean;
    readonly partitions: number;
    readonly replicas: number;
  };
  readonly tls?: {
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
  };
  readonly sasl?: {
    readonly mechanism: (typeof SASL_MECHANISMS)[number];
    readonly username: string;
    readonly password: string;
  };
}

type Values = { readonly [Name in keyof Settings]: z.output<Settings[Name]> };

/**
 * Returns what the settings say about Kafka; undefined without brokers. Throws if the login lacks its user
 * name or password.
 */
export const kafkaConfigOf = (
  prefix: KafkaPrefix,
  config: Readonly<Record<string, unknown>>,
): KafkaConfig | undefined => {
  const values = Object.fromEntries(
    Object.keys(settings).map((name) => [name, config[`${prefix}_KAFKA_${name}`]]),
  ) as unknown as Values;
  if (values.BROKERS.length === 0) return undefined;
  const { TLS_CA_FILE: caFile, TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } = values;
  const sasl = saslOf(prefix, values);
  return {
    brokers: values.BROKERS,
    start: values.START,
    isConsuming: values.COMMANDS,
    topicPrefix: values.TOPIC_PREFIX,
    topics: {
      create: values.CREATE_TOPICS,
      partitions: values.TOPIC_PARTITIONS,
      replicas: values.TOPIC_REPLICAS,
    },
    ...(values.TLS && { tls: { caFile, certFile, keyFile } }),
    ...(sasl && { sasl }),
  };
};

const saslOf = (prefix: KafkaPrefix, values: Values): KafkaConfig['sasl'] => {
  const { SASL_MECHANISM: mechanism, SASL_USERNAME: username, SASL_PASSWORD: password } = values;
  if (mechanism === undefined) return undefined;
  if (!username || !password) {
    const name = `${prefix}_KAFKA_SASL`;
    throw new ConfigError([
      `${name}_MECHANISM needs ${name}_USERNAME, and ${name}_PASSWORD or ${name}_PASSWORD_FILE.`,
    ]);
  }
  return { mechanism, username, password };
};
