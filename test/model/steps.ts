import type { LineDto } from '@app/contracts';
import type { ReservationCommand } from '../../apps/inventory/src/reservation/decide';
import { mergeLines } from '../../apps/inventory/src/reservation/reservation';
import type { OrderRequest } from '../../apps/orders/src/order/lifecycle';
import { answerOf, InventorySimulation } from './inventory';
import type { Protocol, Status } from './protocol';
import { type Call, type Message, Parts, type State } from './state';
import { idOf, nameOf, type World } from './world';

/** Something that happens at once or not at all. */
export interface ModelStep {
  readonly description: string;
  /**
   * It will happen some time if nothing prevents it: the reconciler, the sweeper and the clock go on.
   * What customers and others may do, and what goes wrong, may just as well never happen.
   */
  readonly fair: boolean;
  readonly next: State;
  /** What moved an order, if it did. */
  readonly by?: OrderRequest | 'answer' | 'noResponse';
  /** The cell of the table of answers that it used, if the order still had that status. */
  readonly cell?: string;
}

const ASKED: Readonly<Record<OrderRequest, string>> = {
  cancel: 'A customer asks to cancel',
  fulfill: 'Somebody asks to fulfill',
  acceptBy: 'The accept-by time has come for',
};

/**
 * Everything that can happen in a world under a protocol, from any state. Orders' processes remember
 * nothing but what is under way (`Message`), so it does not matter which of them takes a step.
 */
export class Model {
  private readonly parts = new Parts();
  private readonly inventory: InventorySimulation;
  private readonly orderNames: readonly string[];
  private readonly lines: ReadonlyMap<string, readonly LineDto[]>;

  constructor(
    readonly world: World,
    private readonly protocol: Protocol,
  ) {
    this.inventory = new InventorySimulation(protocol, this.parts);
    this.orderNames = Object.keys(world.orders);
    this.lines = new Map(
      Object.entries(world.orders).map(([order, lines]) => [order, mergeLines(lines)]),
    );
  }

  start(): State {
    const statuses = this.orderNames.map((order) => [order, 'NONE'] as const);
    return {
      tick: 0,
      orders: this.parts.orders(new Map(statuses), new Map()),
      inventory: this.inventory.opening(this.world.stock),
      bag: this.parts.emptyBag,
    };
  }

  /** Includes steps that change nothing; the search drops them. */
  steps(state: State): ModelStep[] {
    return [
      ...this.orderNames.flatMap((order) => this.orderSteps(state, order)),
      ...[...state.bag.messages.values()].flatMap((message) => this.arrivals(state, message)),
      ...this.externalSteps(state),
      ...this.timeSteps(state),
      ...this.faults(state),
    ];
  }

  /** Orders: what its processes begin for an order, knowing only what is written of it. */
  private orderSteps(state: State, order: string): ModelStep[] {
    const status = statusOf(state, order);
    return [
      ...this.placing(state, order, status),
      ...this.advancing(state, order, status),
      ...this.requesting(state, order, status),
      ...this.expiring(state, order, status),
    ];
  }

  private placing(state: State, order: string, status: Status): ModelStep[] {
    const to = this.protocol.place[status];
    if (to === undefined) return [];
    const description = `A customer places order ${order}, which is written as ${to}.`;
    return [{ description, fair: false, next: this.moved(state, order, to) }];
  }

  /** Each process that finds an order unfinished makes its call: the request and every reconciler. */
  private advancing(state: State, order: string, from: Status): ModelStep[] {
    const { callByStatus, reconciles, attemptsMax } = this.protocol;
    const call = callByStatus[from];
    const tried = state.orders.attempts.get(order) ?? 0;
    if (call === undefined || tried >= attemptsMax) return [];
    const { statuses, attempts } = state.orders;
    const counted = attemptsMax === Infinity ? attempts : new Map(attempts).set(order, tried + 1);
    const text = `call ${order} ${from}`;
    const sent = this.parts.bagWith(state.bag, { kind: 'call', text, order, from, call });
    const next = { ...state, orders: this.parts.orders(statuses, counted), bag: sent };
    const description = `Orders finds order ${order} ${from} and sends ${call} ${order}.`;
    return [{ description, fair: reconciles.includes(from), next }];
  }

  private requesting(state: State, order: string, from: Status): ModelStep[] {
    return this.world.requests.flatMap((request): ModelStep[] => {
      const to = this.protocol.onRequest[request][from];
      if (to === undefined || to === 'rejected' || to === from) return [];
      const text = `wish ${order} ${from} ${request}`;
      const bag = this.parts.bagWith(state.bag, { kind: 'wish', text, order, from, request });
      const description = `${ASKED[request]} order ${order}, and Orders reads that it is ${from}.`;
      return [{ description, fair: false, next: { ...state, bag } }];
    });
  }

  private expiring(state: State, order: string, from: Status): ModelStep[] {
    const to = this.protocol.noResponse[from];
    if (to === undefined) return [];
    const description = `Orders waits no longer for an answer for order ${order}: it becomes ${to}.`;
    return [{ description, fair: false, next: this.moved(state, order, to), by: 'noResponse' }];
  }

  /** What was under way arrives. It stays under way: it may arrive again, at any later time. */
  private arrivals(state: State, message: Message): ModelStep[] {
    switch (message.kind) {
      case 'call':
        return [
          this.deciding(state, [message]),
          ...this.partners(state).map((other) => this.deciding(state, [message, other])),
        ];
      case 'answer': {
        const { order, from, answer } = message;
        const to = this.protocol.onReply[from]?.[answer];
        const step = this.moving(state, order, from, to ?? from, 'answer');
        const description = `Orders gets the answer ${answer} for order ${order} as ${from}: ${step.description}`;
        const inTime = statusOf(state, order) === from;
        return [{ ...step, description, fair: true, ...(inTime && { cell: `${from}.${answer}` }) }];
      }
      case 'wish': {
        const { order, from, request } = message;
        const to = this.protocol.onRequest[request][from];
        if (to === undefined || to === 'rejected') return [];
        const step = this.moving(state, order, from, to, request);
        return [
          {
            ...step,
            description: `Orders writes the ${request} of order ${order}: ${step.description}`,
          },
        ];
      }
      case 'due': {
        const description = `Inventory ends ${nameOf(message.id)} if it is due.`;
        const inventory = this.inventory.expire(state.inventory, state.tick, message.id);
        return [{ description, fair: true, next: { ...state, inventory } }];
      }
    }
  }

  /** Calls that may be decided in one transaction with another, the same one included. */
  private partners(state: State): Call[] {
    if (this.world.groupOf === 1) return [];
    return [...state.bag.messages.values()].filter((message) => message.kind === 'call');
  }

  private deciding(state: State, calls: readonly Call[]): ModelStep {
    const commands = calls.map((call) => this.commandOf(call));
    const attempt = this.inventory.attempt(state.inventory, state.tick, commands);
    const received = calls.map(({ call, order }) => `${call} ${order}`).join(' and ');
    if ('due' in attempt) {
      const description = `Inventory receives ${received}, and has to end holds that are due first.`;
      return { description, fair: true, next: this.noted(state, attempt.due) };
    }
    const answers = attempt.outcomes.map(answerOf);
    const bag = calls.reduce((sent, { order, from }, index) => {
      const answer = answers[index];
      if (answer === undefined) throw new Error('Inventory gave fewer answers than it got calls');
      const text = `answer ${order} ${from} ${answer}`;
      return this.parts.bagWith(sent, { kind: 'answer', text, order, from, answer });
    }, state.bag);
    const description = `Inventory receives ${received}, commits, and answers ${answers.join(' and ')}.`;
    return { description, fair: true, next: { ...state, inventory: attempt.inventory, bag } };
  }

  private commandOf({ order, call }: Call): ReservationCommand {
    const id = idOf(order);
    if (call !== 'create') return { kind: call, id };
    return { kind: 'hold', id, lines: this.linesOf(order), ttlMs: this.protocol.ttlMs };
  }

  private linesOf(order: string): readonly LineDto[] {
    const lines = this.lines.get(order);
    if (!lines) throw new Error(`There is no order ${order} in this world`);
    return lines;
  }

  private moving(
    state: State,
    order: string,
    from: Status,
    to: Status,
    by: OrderRequest | 'answer',
  ): ModelStep {
    const current = statusOf(state, order);
    if (!this.protocol.mayMove(current, from, by)) {
      return { description: `it is ${current}, and stays so.`, fair: false, next: state };
    }
    const description = current === to ? `it stays ${to}.` : `it becomes ${to}.`;
    return { description, fair: false, next: this.moved(state, order, to), by };
  }

  private moved(state: State, order: string, to: Status): State {
    if (statusOf(state, order) === to) return state;
    const statuses = new Map(state.orders.statuses).set(order, to);
    const attempts = new Map([...state.orders.attempts].filter(([other]) => other !== order));
    return { ...state, orders: this.parts.orders(statuses, attempts) };
  }

  private externalSteps(state: State): ModelStep[] {
    const { externalCommands, adjustments, lastTick } = this.world;
    const inTime = externalCommands.filter(
      ({ command }) => !('ttlMs' in command) || state.tick + (command.ttlMs ?? 0) <= lastTick,
    );
    return [
      ...inTime.map(({ description, command }) => this.asking(state, description, command)),
      ...adjustments.map((count) => {
        const inventory = this.inventory.count(state.inventory, count);
        return { description: count.description, fair: count.fair, next: { ...state, inventory } };
      }),
    ];
  }

  /** A command whose answer does not concern any order. */
  private asking(state: State, description: string, command: ReservationCommand): ModelStep {
    const attempt = this.inventory.attempt(state.inventory, state.tick, [command]);
    const next =
      'due' in attempt
        ? this.noted(state, attempt.due)
        : { ...state, inventory: attempt.inventory };
    return { description, fair: false, next };
  }

  private noted(state: State, due: readonly string[]): State {
    const noted = (bag: State['bag'], id: string) =>
      this.parts.bagWith(bag, { kind: 'due', text: `due ${id}`, id });
    return { ...state, bag: due.reduce(noted, state.bag) };
  }

  private timeSteps(state: State): ModelStep[] {
    const { tick, inventory } = state;
    const { lastTick, retentionTicks } = this.world;
    const steps: ModelStep[] = [];
    if (tick < lastTick) {
      steps.push({ description: 'Time passes.', fair: true, next: { ...state, tick: tick + 1 } });
    }
    const due = this.inventory.due(inventory, tick);
    if (due.length > 0) {
      const description = 'The sweeper looks for holds that are due.';
      steps.push({ description, fair: true, next: this.noted(state, due) });
    }
    if (retentionTicks !== null) {
      const kept = this.inventory.forget(inventory, tick, retentionTicks);
      const description = 'Inventory moves its horizon, and deletes the tombstones behind it.';
      steps.push({ description, fair: false, next: { ...state, inventory: kept } });
    }
    return steps;
  }

  /** The worst that can be lost. Losing less leaves more that can still arrive. */
  private faults(state: State): ModelStep[] {
    const description = 'Every process dies, and all that was under way is lost.';
    return [{ description, fair: false, next: { ...state, bag: this.parts.emptyBag } }];
  }
}

export const statusOf = ({ orders }: State, order: string): Status =>
  orders.statuses.get(order) ?? 'NONE';
