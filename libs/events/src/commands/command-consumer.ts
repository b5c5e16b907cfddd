import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { OutageLog } from '@app/runtime';
import type { AssignedPartition } from '../messaging/command-source';
import type { EventPublisher } from '../messaging/event-publisher';
import type { IncomingMessage } from '../messaging/message';
import { type CommandFailure, failureOf } from './command-failure';
import { toDeadLetter } from './dead-letter';

export interface CommandConsumerOptions {
  /** Carries out a command. Resolves when its effect is durable. It may be called again with the same one. */
  readonly handle: (message: IncomingMessage) => Promise<void>;
  readonly deadLetterTopic: string;
  readonly publisher: EventPublisher;
}

/** A partition that does not move on, and why. */
export interface StoppedPartition {
  /** `order-commands.v1/3` */
  readonly partition: string;
  readonly since: Date;
  readonly reason: string;
}

const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 10_000;
/** A command that fails unexpectedly this often becomes a dead letter, so that it does not block others. */
const MAX_UNEXPECTED_ATTEMPTS = 5;
const PUBLISH_TIMEOUT_MS = 10_000;
/** After so many messages the offset is committed, if there are more. */
const COMMIT_INTERVAL = 100;

/**
 * Carries out the commands of partitions, one at a time in each. An offset is committed after the effect
 * or the dead letter of all messages before it is durable, so a crash repeats commands and loses none.
 * A partition whose command cannot succeed now waits, and the others go on.
 */
export class CommandConsumer {
  private readonly logger = new Logger(CommandConsumer.name);
  private readonly outageLogs = new Map<string, OutageLog>();
  private readonly stopped = new Map<string, StoppedPartition>();

  constructor(private readonly options: CommandConsumerOptions) {}

  /** The partitions of this instance that do not move on. */
  get stoppedPartitions(): readonly StoppedPartition[] {
    return [...this.stopped.values()];
  }

  /** Consumes a partition until it is revoked. Never rejects. */
  async consume(partition: AssignedPartition): Promise<void> {
    for (;;) {
      const messages = await partition.read();
      if (messages.length === 0) break;
      for (let start = 0; start < messages.length; start += COMMIT_INTERVAL) {
        await this.work(partition, messages.slice(start, start + COMMIT_INTERVAL));
      }
    }
    this.recordMoving(nameOf(partition));
  }

  private async work(
    partition: AssignedPartition,
    messages: readonly IncomingMessage[],
  ): Promise<void> {
    let nextOffset: bigint | undefined;
    for (const message of messages) {
      const isDone = await this.carryOut(partition, message);
      if (!isDone) break;
      nextOffset = message.offset + 1n;
    }
    if (nextOffset === undefined) return;
    const done = nextOffset;
    await this.retry(partition, 'commit the offset', () => partition.commit(done));
  }

  /** Returns whether the effect or the dead letter is durable. It is not if the partition was revoked. */
  private async carryOut(partition: AssignedPartition, message: IncomingMessage): Promise<boolean> {
    for (let attempts = 1; !partition.revoked.aborted; attempts += 1) {
      const failure = await this.attempt(message);
      if (!failure) {
        this.recordMoving(nameOf(partition));
        return true;
      }
      if (isFinal(failure, attempts)) {
        return this.bury(partition, message, { attempts, ...failure });
      }
      this.recordStopped(nameOf(partition), failure.detail);
      await this.pause(partition, attempts);
    }
    return false;
  }

  private async attempt(message: IncomingMessage): Promise<CommandFailure | undefined> {
    try {
      await this.options.handle(message);
      return undefined;
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'unexpected') {
        this.logger.error({ err: error, ...placeOf(message) }, 'A command failed unexpectedly');
      }
      return failure;
    }
  }

  /** Writes the dead letter. Until that has succeeded, the partition does not move on. */
  private async bury(
    partition: AssignedPartition,
    message: IncomingMessage,
    { attempts, detail, ...failure }: CommandFailure & { readonly attempts: number },
  ): Promise<boolean> {
    const reason = failure.kind === 'permanent' ? failure.reason : 'INTERNAL';
    const { deadLetterTopic, publisher } = this.options;
    const cause = { reason, detail, attempts, failedAt: new Date() };
    const letter = toDeadLetter(message, deadLetterTopic, cause);
    const isWritten = await this.retry(partition, `write to ${deadLetterTopic}`, () =>
      publisher.publish([letter], PUBLISH_TIMEOUT_MS),
    );
    if (isWritten) {
      const context = { ...placeOf(message), reason, attempts };
      this.logger.warn(context, `A command became a dead letter: ${detail}`);
    }
    return isWritten;
  }

  /** Repeats `work` until it succeeds or the partition is revoked. Returns whether it has succeeded. */
  private async retry(
    partition: AssignedPartition,
    what: string,
    work: () => Promise<void>,
  ): Promise<boolean> {
    for (let attempts = 1; !partition.revoked.aborted; attempts += 1) {
      try {
        await work();
        this.recordMoving(nameOf(partition));
        return true;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.recordStopped(nameOf(partition), `cannot ${what}: ${reason}`);
        await this.pause(partition, attempts);
      }
    }
    return false;
  }

  private async pause({ revoked }: AssignedPartition, attempts: number): Promise<void> {
    const maxMs = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** (attempts - 1));
    const pauseMs = maxMs * (0.5 + Math.random() / 2);
    await sleep(pauseMs, undefined, { signal: revoked }).catch(() => undefined);
  }

  private recordStopped(partition: string, reason: string): void {
    const since = this.stopped.get(partition)?.since ?? new Date();
    this.stopped.set(partition, { partition, since, reason });
    let log = this.outageLogs.get(partition);
    if (!log) this.outageLogs.set(partition, (log = new OutageLog(`Consuming ${partition}`)));
    log.recordDown(reason);
  }

  private recordMoving(partition: string): void {
    if (!this.stopped.delete(partition)) return;
    this.outageLogs.get(partition)?.recordUp();
  }
}

const isFinal = (failure: CommandFailure, attempts: number): boolean =>
  failure.kind === 'permanent' ||
  (failure.kind === 'unexpected' && attempts >= MAX_UNEXPECTED_ATTEMPTS);

const nameOf = ({ topic, partition }: AssignedPartition): string => `${topic}/${partition}`;

const placeOf = ({ topic, partition, offset }: IncomingMessage) => ({
  topic,
  partition,
  offset: String(offset),
});
