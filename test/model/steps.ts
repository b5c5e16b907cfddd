import type {
  CommandOutcome,
  ReservationCommand,
} from '../../apps/inventory/src/reservation/decide';
import { sameLines } from '../../apps/inventory/src/reservation/reservation';
import type { OrderRequest } from '../../apps/orders/src/order/lifecycle';
import { answerOf, InventorySimulation } from './inventory';
import type { ModelStep } from './model-step';
import type { Protocol, Status } from './protocol';
import { type Answer, type Call, type Message, Parts, type State } from './state';
import { idOf, linesAfter, nameOf, type World } from './world';

const REQUEST_DESCRIPTIONS: Readonly<Record<OrderRequest, string>> = {
  cancel: 'A customer requests to cancel',
  fulfill: 'A client requests to fulfill',
  reduce: 'A customer requests to reduce',
  acceptBy: 'The accept-by time has come for',
  expire: 'The expiry has come for',
};

/**
 * All steps of a world under a protocol, from any state. The processes of Orders have no memory except
 * messages in flight (`Message`), so it does not matter which of them takes a step.
 */
export class Model {
  private readonly parts = new Parts();
  private readonly inventory: InventorySimulation;
  private readonly orderNames: readonly string[];

  constructor(
    readonly world: World,
    private readonly protocol: Protocol,
  ) {
    this.inventory = new InventorySimulation(protocol, this.parts);
    this.orderNames = Object.keys(world.orders);
  }

  start(): State {
    const statuses = this.orderNames.map((order) => [order, 'NONE'] as const);
    return {
      tick: 0,
      orders: this.parts.orders({
        statuses: new Map(statuses),
        reductions: new Map(),
        attempts: new Map(),
      }),
      inventory: this.inventory.opening(this.world.stock),
      bag: this.parts.emptyBag,
    };
  }

  /** Includes steps that change nothing, which the search drops. */
  steps(state: State): ModelStep[] {
    return [
      ...this.orderNames.flatMap((order) => this.orderSteps(state, order)),
      ...[...state.bag.messages.values()].flatMap((message) => this.arrivals(state, message)),
      ...this.externalSteps(state),
      ...this.timeSteps(state),
      ...this.faults(state),
    ];
  }

  /** The steps of Orders for an order, which depend only on its row. */
  private orderSteps(state: State, order: string): ModelStep[] {
    const status = statusOf(state, order);
    return [
      ...this.placeSteps(state, order, status),
      ...this.callSteps(state, order, status),
      ...this.requestSteps(state, order, status),
      ...this.timeoutSteps(state, order, status),
    ];
  }

  private placeSteps(state: State, order: string, status: Status): ModelStep[] {
    const to = this.protocol.place[status];
    if (to === undefined) return [];
    const description = `A customer places order ${order}, which is written as ${to}.`;
    return [{ description, fair: false, next: this.withStatus(state, order, to) }];
  }

  /** A request, or any reconciler, finds the order unfinished and makes its call. */
  private callSteps(state: State, order: string, from: Status): ModelStep[] {
    const { calls, reconciled, maxAttempts } = this.protocol;
    const call = calls[from];
    const tried = state.orders.attempts.get(order) ?? 0;
    if (call === undefined || tried >= maxAttempts) return [];
    const { attempts } = state.orders;
    const reductions = reductionsOf(state, order);
    const counted = maxAttempts === Infinity ? attempts : new Map(attempts).set(order, tried + 1);
    const text = `call ${order} ${from} ${reductions}`;
    const message = { kind: 'call', text, order, from, reductions, call } as const;
    const sent = this.parts.bagWith(state.bag, message);
    const orders = this.parts.orders({ ...state.orders, attempts: counted });
    const next = { ...state, orders, bag: sent };
    const description = `Orders finds order ${order} ${from} and sends ${call} ${order}.`;
    return [{ description, fair: reconciled.includes(from), next }];
  }

  private requestSteps(state: State, order: string, from: Status): ModelStep[] {
    return this.world.requests.flatMap((request): ModelStep[] => {
      const to = this.protocol.transitionsOnRequest[request][from];
      if (to === undefined || to === 'notAllowed' || to === from) return [];
      const reductions = reductionsOf(state, order);
      const mayReduce = reductions < (this.world.reductions[order] ?? []).length;
      if (request === 'reduce' && !mayReduce) return [];
      const text = `request ${order} ${from} ${reductions} ${request}`;
      const message = { kind: 'request', text, order, from, reductions, request } as const;
      const bag = this.parts.bagWith(state.bag, message);
      const description = `${REQUEST_DESCRIPTIONS[request]} order ${order}, and Orders reads that it is ${from}.`;
      return [{ description, fair: false, next: { ...state, bag } }];
    });
  }

  private timeoutSteps(state: State, order: string, from: Status): ModelStep[] {
    const to = this.protocol.noResponse[from];
    if (to === undefined) return [];
    const description = `Orders times out waiting for order ${order}: it becomes ${to}.`;
    return [
      { description, fair: false, next: this.withStatus(state, order, to), by: 'noResponse' },
    ];
  }

  /** A message arrives. It stays in flight and may arrive again at any later time. */
  private arrivals(state: State, message: Message): ModelStep[] {
    switch (message.kind) {
      case 'call':
        return [
          this.decisionStep(state, [message]),
          ...this.partners(state).map((other) => this.decisionStep(state, [message, other])),
        ];
      case 'answer': {
        const { order, from, answer, reductions } = message;
        const to =
          answer === 'refused' ? undefined : this.protocol.transitionsOnReply[from]?.[answer];
        const step = this.transitionStep(state, message, to ?? from, 'answer');
        const description = `Orders gets the answer ${answer} for order ${order} as ${from}: ${step.description}`;
        const inTime = statusOf(state, order) === from && reductionsOf(state, order) === reductions;
        return [{ ...step, description, fair: true, ...(inTime && { cell: `${from}.${answer}` }) }];
      }
      case 'request': {
        const { order, from, request } = message;
        const to = this.protocol.transitionsOnRequest[request][from];
        if (to === undefined || to === 'notAllowed') return [];
        const step = this.transitionStep(state, message, to, request);
        return [
          {
            ...step,
            description: `Orders writes the ${request} of order ${order}: ${step.description}`,
          },
        ];
      }
      case 'due': {
        const description = `Inventory expires ${nameOf(message.id)} if it is due.`;
        const inventory = this.inventory.expire(state.inventory, state.tick, message.id);
        return [{ description, fair: true, next: { ...state, inventory } }];
      }
    }
  }

  /** The calls that may be decided in one transaction with another, the same one included. */
  private partners(state: State): Call[] {
    if (this.world.maxGroup === 1) return [];
    return [...state.bag.messages.values()].filter((message) => message.kind === 'call');
  }

  private decisionStep(state: State, calls: readonly Call[]): ModelStep {
    const commands = calls.map((call) => this.commandOf(call));
    const attempt = this.inventory.attempt(state.inventory, state.tick, commands);
    const received = calls.map(({ call, order }) => `${call} ${order}`).join(' and ');
    if ('due' in attempt) {
      const description = `Inventory receives ${received}, and must expire due holds first.`;
      return { description, fair: true, next: this.withDue(state, attempt.due) };
    }
    const answers = calls.map((call, index) => {
      const outcome = attempt.outcomes[index];
      if (!outcome) throw new Error('Inventory gave fewer answers than it got calls');
      return this.answerTo(call, outcome);
    });
    const bag = calls.reduce((sent, { order, from, reductions }, index) => {
      const answer = answers[index] ?? 'refused';
      const text = `answer ${order} ${from} ${reductions} ${answer}`;
      const message = { kind: 'answer', text, order, from, reductions, answer } as const;
      return this.parts.bagWith(sent, message);
    }, state.bag);
    const description = `Inventory receives ${received}, commits, and answers ${answers.join(' and ')}.`;
    return { description, fair: true, next: { ...state, inventory: attempt.inventory, bag } };
  }

  private commandOf({ order, call, reductions }: Call): ReservationCommand {
    const id = idOf(order);
    const lines = linesAfter(this.world, order, reductions);
    if (call === 'reduce') return { kind: call, id, kept: lines };
    if (call !== 'create') return { kind: call, id };
    return { kind: 'hold', id, lines, ttlMs: this.protocol.ttlMs };
  }

  /** A reduction counts as done only if the reservation has exactly the units of the order. */
  private answerTo({ order, call, reductions }: Call, outcome: CommandOutcome): Answer {
    const answer = answerOf(outcome);
    if (call !== 'reduce' || answer !== 'HELD' || !('reservation' in outcome)) return answer;
    const lines = linesAfter(this.world, order, reductions);
    return sameLines(outcome.reservation.lines, lines) ? answer : 'refused';
  }

  private transitionStep(
    state: State,
    { order, from, reductions }: Pick<Call, 'order' | 'from' | 'reductions'>,
    to: Status,
    by: OrderRequest | 'answer',
  ): ModelStep {
    const current = statusOf(state, order);
    const isCurrent =
      this.protocol.mayTransition(current, from, by) &&
      ((by !== 'reduce' && from !== 'REDUCING') ||
        this.protocol.isSameReduction(reductionsOf(state, order), reductions, by));
    if (!isCurrent) {
      return { description: `it is ${current}, and stays so.`, fair: false, next: state };
    }
    const description = current === to ? `it stays ${to}.` : `it becomes ${to}.`;
    const moved = this.withStatus(state, order, to);
    const next = by === 'reduce' ? this.reducedTo(moved, order, reductions + 1) : moved;
    return { description, fair: false, next, by };
  }

  private reducedTo(state: State, order: string, count: number): State {
    const reductions = new Map(state.orders.reductions).set(order, count);
    return { ...state, orders: this.parts.orders({ ...state.orders, reductions }) };
  }

  private withStatus(state: State, order: string, to: Status): State {
    if (statusOf(state, order) === to) return state;
    const statuses = new Map(state.orders.statuses).set(order, to);
    const attempts = new Map([...state.orders.attempts].filter(([other]) => other !== order));
    return { ...state, orders: this.parts.orders({ ...state.orders, statuses, attempts }) };
  }

  private externalSteps(state: State): ModelStep[] {
    const { externalCalls, counts, lastTick } = this.world;
    const inTime = externalCalls.filter(
      ({ command }) => !('ttlMs' in command) || state.tick + (command.ttlMs ?? 0) <= lastTick,
    );
    return [
      ...inTime.map(({ description, command }) => this.externalStep(state, description, command)),
      ...counts.map((count) => {
        const inventory = this.inventory.count(state.inventory, count);
        return { description: count.description, fair: count.fair, next: { ...state, inventory } };
      }),
    ];
  }

  /** A command of another client. Its answer concerns no order. */
  private externalStep(state: State, description: string, command: ReservationCommand): ModelStep {
    const attempt = this.inventory.attempt(state.inventory, state.tick, [command]);
    const next =
      'due' in attempt
        ? this.withDue(state, attempt.due)
        : { ...state, inventory: attempt.inventory };
    return { description, fair: false, next };
  }

  private withDue(state: State, due: readonly string[]): State {
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
      const description = 'The sweeper finds due holds.';
      steps.push({ description, fair: true, next: this.withDue(state, due) });
    }
    if (retentionTicks !== null) {
      const kept = this.inventory.prune(inventory, tick, retentionTicks);
      const description = 'Inventory moves its horizon, and deletes the tombstones behind it.';
      steps.push({ description, fair: false, next: { ...state, inventory: kept } });
    }
    return steps;
  }

  /** All messages are lost. After a smaller loss more messages could still arrive. */
  private faults(state: State): ModelStep[] {
    const description = 'Every process dies, and all messages are lost.';
    return [{ description, fair: false, next: { ...state, bag: this.parts.emptyBag } }];
  }
}

export const reductionsOf = ({ orders }: State, order: string): number =>
  orders.reductions.get(order) ?? 0;

export const statusOf = ({ orders }: State, order: string): Status =>
  orders.statuses.get(order) ?? 'NONE';
