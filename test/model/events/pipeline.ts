import type { Model, ModelStep } from './explore';
import { type EventName, type PipelineState, type Relay, START } from './pipeline-state';

/** The parts of the design. Without one of them a promise breaks. */
export interface Pipeline {
  /** One transaction at a time sequences. Otherwise two skip the rows that the other has locked. */
  readonly isSequencerAlone: boolean;
  /** The end of the log is read under the lock. */
  readonly isEndLocked: boolean;
  /** Only the holder of the present epoch moves the cursor. */
  readonly isFenced: boolean;
  readonly isCursorMovedAfterAck: boolean;
  readonly isOffsetMovedAfterEffect: boolean;
  /** The consumer records the ids of events together with their effects. */
  readonly isIdempotent: boolean;
}

export const DESIGN: Pipeline = {
  isSequencerAlone: true,
  isEndLocked: true,
  isFenced: true,
  isCursorMovedAfterAck: true,
  isOffsetMovedAfterEffect: true,
  isIdempotent: true,
};

/** Repetitions of events that the topic may have. More of them add nothing new. */
const MAX_REPEATED = 1;
const MAX_EPOCH = 2;

const replaced = <Item>(items: readonly Item[], index: number, item: Item): readonly Item[] =>
  items.map((each, at) => (at === index ? item : each));

const keyOf = (event: EventName): string => event.charAt(0);

/** Writers, two sequencers, two relays and a consumer of the events of some keys, with crashes of all of them. */
export class PipelineModel implements Model<PipelineState> {
  readonly start = START;

  constructor(
    private readonly design: Pipeline,
    private readonly events: readonly EventName[],
  ) {}

  steps(state: PipelineState): readonly ModelStep<PipelineState>[] {
    return [
      ...this.writerSteps(state),
      ...[0, 1].flatMap((process) => this.sequencerSteps(state, process)),
      ...[0, 1].flatMap((process) => this.relaySteps(state, process)),
      ...this.consumerSteps(state),
    ];
  }

  faultOf(before: PipelineState, after: PipelineState): string | undefined {
    const { log, applied, committed, cursor } = after;
    if (cursor.position < before.cursor.position) return 'The cursor moves back.';
    if (cursor.position > log.length) return 'The cursor is beyond the end of the log.';
    if (new Set(log).size < log.length) return 'An event is twice in the log.';
    if (log.some((event) => !committed.includes(event))) return 'An event has no committed change.';
    if (new Set(applied).size < applied.length) return 'An event is applied twice.';
    for (const [what, events] of Object.entries({ log, applied })) {
      const fault = this.orderFaultOf(events);
      if (fault) return `${fault} in ${what}.`;
    }
    return undefined;
  }

  isDone({ applied }: PipelineState): boolean {
    return this.events.every((event) => applied.includes(event));
  }

  private orderFaultOf(events: readonly EventName[]): string | undefined {
    for (const [index, event] of events.entries()) {
      const later = events
        .slice(index + 1)
        .find((each) => keyOf(each) === keyOf(event) && each < event);
      if (later !== undefined) return `${later} comes after ${event}`;
    }
    return undefined;
  }

  /** A change locks its key until the commit, and gets its id from the outbox at once. */
  private writerSteps(state: PipelineState): ModelStep<PipelineState>[] {
    const { committed, open, nextOutboxId, outbox } = state;
    const isNext = (event: EventName): boolean =>
      !committed.includes(event) &&
      open.every((each) => keyOf(each.event) !== keyOf(event)) &&
      this.events.every(
        (other) => keyOf(other) !== keyOf(event) || other >= event || committed.includes(other),
      );
    const writes = this.events.filter(isNext).map((event) => ({
      description: `${event} is written`,
      isFair: true,
      next: {
        ...state,
        open: [...open, { event, outboxId: nextOutboxId }],
        nextOutboxId: nextOutboxId + 1,
      },
    }));
    const commits = open.map((change) => ({
      description: `${change.event} is committed`,
      isFair: true,
      next: {
        ...state,
        open: open.filter((each) => each !== change),
        committed: [...committed, change.event].sort(),
        outbox: [...outbox, change].sort((a, b) => a.outboxId - b.outboxId),
      },
    }));
    return [...writes, ...commits];
  }

  private sequencerSteps(state: PipelineState, process: number): ModelStep<PipelineState>[] {
    const { sequencing, outbox, log } = state;
    const own = sequencing[process];
    const name = `sequencer ${process + 1}`;
    const others = sequencing.filter((each) => each !== null && each !== own);
    if (!own) {
      if (this.design.isSequencerAlone && others.length > 0) return [];
      const locked = new Set(others.flatMap((each) => each?.taken.map(({ event }) => event) ?? []));
      const taken = outbox.filter(({ event }) => !locked.has(event)).slice(0, 1);
      if (taken.length === 0) return [];
      const begun = { taken, end: log.length };
      return [
        {
          description: `${name} takes ${taken.map(({ event }) => event).join()}`,
          isFair: true,
          next: { ...state, sequencing: replaced(sequencing, process, begun) },
        },
      ];
    }
    const events = own.taken.map(({ event }) => event);
    const end = this.design.isEndLocked ? log.length : own.end;
    const ended = { ...state, sequencing: replaced(sequencing, process, null) };
    return [
      {
        description: `${name} commits ${events.join()}`,
        isFair: true,
        next: {
          ...ended,
          outbox: outbox.filter(({ event }) => !events.includes(event)),
          // Positions that another transaction has assigned as well would replace its events.
          log: [...log.slice(0, end), ...events, ...log.slice(end + events.length)],
        },
      },
      { description: `${name} crashes`, isFair: false, next: ended },
    ];
  }

  private relaySteps(state: PipelineState, process: number): ModelStep<PipelineState>[] {
    const { relays, cursor, isLeaseOver, log, topic } = state;
    const own = relays[process];
    const name = `relay ${process + 1}`;
    const step = (description: string, next: Partial<PipelineState>, isFair = true) => ({
      description: `${name} ${description}`,
      isFair,
      next: { ...state, ...next },
    });
    const become = (relay: Relay | null) => ({ relays: replaced(relays, process, relay) });
    const expire = isLeaseOver
      ? []
      : [{ description: 'the lease ends', isFair: true, next: { ...state, isLeaseOver: true } }];
    if (!own) {
      if (!isLeaseOver || cursor.epoch >= MAX_EPOCH) return expire;
      const epoch = cursor.epoch + 1;
      const taken = { cursor: { ...cursor, epoch }, isLeaseOver: false };
      return [
        step('takes the cursor', {
          ...taken,
          ...become({ epoch, position: cursor.position, phase: 'idle' }),
        }),
      ];
    }
    // The last epoch does not crash, so that there is always a relay.
    const crash = own.epoch < MAX_EPOCH ? [step('crashes', become(null), false)] : [];
    return [...expire, ...crash, ...this.deliverySteps(state, own, step, become, { log, topic })];
  }

  private deliverySteps(
    { cursor }: PipelineState,
    own: Relay,
    step: (
      what: string,
      next: Partial<PipelineState>,
      isFair?: boolean,
    ) => ModelStep<PipelineState>,
    become: (relay: Relay | null) => Partial<PipelineState>,
    { log, topic }: Pick<PipelineState, 'log' | 'topic'>,
  ): ModelStep<PipelineState>[] {
    const { isFenced, isCursorMovedAfterAck } = this.design;
    const event = log[own.position];
    const position = own.position + 1;
    const isHolder = cursor.epoch === own.epoch;
    const moved = (then: Relay): Partial<PipelineState> =>
      isHolder || !isFenced ? { cursor: { ...cursor, position }, ...become(then) } : become(null);
    const isRepeated = topic.includes(event ?? '');
    const isFull = topic.length >= new Set(topic).size + MAX_REPEATED;
    const sent = isRepeated && isFull ? {} : { topic: [...topic, event ?? ''] };
    if (own.phase === 'idle') {
      if (event === undefined) return [];
      if (!isCursorMovedAfterAck && cursor.position < position && isHolder) {
        return [step(`moves the cursor to ${position}`, moved({ ...own, phase: 'idle' }))];
      }
      return [step(`sends ${event}`, { ...sent, ...become({ ...own, phase: 'sent' }) })];
    }
    if (own.phase === 'sent') {
      return [
        step(`learns that ${event} is stored`, become({ ...own, phase: 'acknowledged' })),
        step(`gets no answer for ${event}`, become({ ...own, phase: 'idle' }), false),
      ];
    }
    return [step(`moves the cursor to ${position}`, moved({ ...own, position, phase: 'idle' }))];
  }

  private consumerSteps(state: PipelineState): ModelStep<PipelineState>[] {
    const { topic, offset, consumer, applied } = state;
    const { isOffsetMovedAfterEffect, isIdempotent } = this.design;
    const event = topic[consumer.offset];
    const crash = {
      description: 'the consumer crashes',
      isFair: false,
      next: { ...state, consumer: { offset, isApplied: false } },
    };
    if (event === undefined) return [crash];
    const isKnown = isIdempotent && applied.includes(event);
    const apply = {
      description: `the consumer applies ${event}`,
      isFair: true,
      next: {
        ...state,
        applied: isKnown ? applied : [...applied, event],
        consumer: isOffsetMovedAfterEffect
          ? { ...consumer, isApplied: true }
          : { offset: consumer.offset + 1, isApplied: false },
      },
    };
    const commit = {
      description: `the consumer moves its offset to ${consumer.offset + 1}`,
      isFair: true,
      next: {
        ...state,
        offset: consumer.offset + 1,
        consumer: isOffsetMovedAfterEffect
          ? { offset: consumer.offset + 1, isApplied: false }
          : consumer,
      },
    };
    if (isOffsetMovedAfterEffect) return [crash, consumer.isApplied ? commit : apply];
    return [crash, offset <= consumer.offset ? commit : apply];
  }
}
