import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { OutageLog } from '@app/runtime';
import type { CommandSource } from '../messaging/command-source';
import type { EventPublisher } from '../messaging/event-publisher';
import type { Topics } from '../messaging/message-broker';
import type { CommandConsumer } from './command-consumer';

export interface CommandWorkerPorts {
  readonly source: CommandSource;
  readonly consumer: CommandConsumer;
  /** Writes the dead letters. */
  readonly publisher: EventPublisher;
  readonly topics: Topics;
  /** The topics that must exist: those with commands, and that of the dead letters. */
  readonly topicNames: readonly string[];
}

const RETRY_INTERVAL_MS = 1_000;

/** Takes part in the group that consumes commands, and joins it again after an outage. */
@Injectable()
export class CommandConsumerWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly outageLog: OutageLog;
  private done: Promise<void> = Promise.resolve();

  constructor(private readonly ports: CommandWorkerPorts) {
    this.outageLog = new OutageLog(`Consuming ${ports.topicNames.join(', ')}`);
  }

  onApplicationBootstrap(): void {
    this.done = this.run();
  }

  /** While the database is still there, so that a command in progress ends. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.done;
    await this.ports.publisher.close();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.ports.topics.ensure(this.ports.topicNames);
        this.outageLog.recordUp();
        await this.ports.source.run((partition) => this.ports.consumer.consume(partition), signal);
      } catch (error) {
        this.outageLog.recordDown(error instanceof Error ? error.message : String(error));
        await sleep(RETRY_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
