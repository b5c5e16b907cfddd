import { Logger } from '@nestjs/common';
import type { Admin } from '@platformatic/kafka';
import { BrokerUnavailable } from '../messaging/message';
import type { Topics } from '../messaging/message-broker';
import {
  clientOptions,
  type KafkaConnection,
  loadKafka,
  toBrokerUnavailable,
} from './kafka-client';

/** How topics are created. */
export interface TopicSettings {
  /** False: an administrator creates them, and until then the service waits. */
  readonly create: boolean;
  readonly partitions: number;
  /** Copies of each partition; -1: as many as the brokers create by default. */
  readonly replicas: number;
}

const TOPIC_ALREADY_EXISTS = 'TOPIC_ALREADY_EXISTS';
const ADMIN_RETRIES = 1;
const ADMIN_RETRY_DELAY_MS = 200;

/** Creates and checks topics of Kafka. */
export class KafkaTopics implements Topics {
  private readonly logger = new Logger(KafkaTopics.name);
  private readonly checked = new Set<string>();

  constructor(
    private readonly connection: KafkaConnection,
    private readonly settings: TopicSettings,
  ) {}

  async ensure(names: readonly string[]): Promise<void> {
    const kafka = await loadKafka();
    const admin = new kafka.Admin({
      ...clientOptions(this.connection),
      retries: ADMIN_RETRIES,
      retryDelay: ADMIN_RETRY_DELAY_MS,
    });
    try {
      await this.ensureWith(admin, names);
    } catch (error) {
      throw toBrokerUnavailable(error);
    } finally {
      await admin.close().catch(() => undefined);
    }
  }

  private async ensureWith(admin: Admin, names: readonly string[]): Promise<void> {
    const existing = new Set(await admin.listTopics());
    const missing = names.filter((name) => !existing.has(name));
    if (missing.length > 0 && !this.settings.create) {
      throw new BrokerUnavailable(`there is no topic ${missing.join(', ')}; create it`);
    }
    for (const name of missing) await this.create(admin, name);
    await this.check(admin, names);
  }

  private async create(admin: Admin, topic: string): Promise<void> {
    const { partitions, replicas } = this.settings;
    try {
      await admin.createTopics({ topics: [{ topic, partitions, replicas }] });
      this.logger.log(`Created the topic ${topic} with ${partitions} partitions`);
    } catch (error) {
      // Another instance was faster.
      if (!isAlreadyCreated(error)) throw error;
    }
  }

  /** Warns once of a topic whose partitions or replicas are fewer than the settings say. */
  private async check(admin: Admin, names: readonly string[]): Promise<void> {
    const unchecked = names.filter((name) => !this.checked.has(name));
    if (unchecked.length === 0) return;
    const { topics } = await admin.metadata({ topics: unchecked, forceUpdate: true });
    for (const name of unchecked) {
      const partitions = topics.get(name)?.partitions ?? [];
      if (partitions.length === 0)
        throw new BrokerUnavailable(`the topic ${name} has no leader yet`);
      const replicas = Math.min(...partitions.map((each) => each.replicas.length));
      this.warnIfFewer(name, partitions.length, replicas);
      this.checked.add(name);
    }
  }

  private warnIfFewer(name: string, partitions: number, replicas: number): void {
    const { settings } = this;
    if (partitions < settings.partitions) {
      this.logger.warn(
        `The topic ${name} has ${partitions} partitions, fewer than the ${settings.partitions} of the settings`,
      );
    }
    if (replicas < settings.replicas) {
      this.logger.warn(
        `The topic ${name} has ${replicas} replicas, fewer than the ${settings.replicas} of the settings`,
      );
    }
  }
}

const isAlreadyCreated = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  if ((error as { apiId?: unknown }).apiId === TOPIC_ALREADY_EXISTS) return true;
  const { errors } = error as { errors?: unknown };
  return Array.isArray(errors) && errors.some(isAlreadyCreated);
};
