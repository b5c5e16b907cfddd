import { isAtRest, PROPERTIES, type PropertyName } from './properties';
import { keyOf, type State } from './state';
import type { Model, ModelStep } from './steps';
import { nameOf } from './world';

/** Not a property of a state or a step: from everywhere, rest can be reached by fair steps alone. */
export const REST = 'there is a way to rest';

export type Promised = PropertyName | typeof REST;

export const ALL_PROMISES = [
  ...(Object.keys(PROPERTIES) as PropertyName[]),
  REST,
] as const satisfies readonly Promised[];

export interface Violation {
  readonly promised: Promised;
  /** The shortest way to it, a step a line, and the fault last. */
  readonly trace: readonly string[];
}

export interface Searched {
  readonly states: number;
  readonly steps: number;
  /** Cells of Orders' table of answers that were used. */
  readonly cells: ReadonlySet<string>;
  readonly violation: Violation | undefined;
}

/** More than any of the worlds has. A search that comes here has proved nothing, and fails. */
const STATES_MAX = 1_000_000;

/**
 * Visits every state that can be reached, nearest first, and stops at the first that breaks one of
 * the promises: so the way to it is the shortest. Throws if it cannot visit all.
 */
export const search = (
  model: Model,
  promises: readonly Promised[],
  statesMax = STATES_MAX,
): Searched => new Search(model, promises, statesMax).run();

class Search {
  private readonly states: State[] = [];
  /** The number of each state that was met. */
  private readonly numbers = new Map<string, number>();
  /** The state from which each was met first. */
  private readonly cameFrom: number[] = [];
  private readonly fairFrom: number[] = [];
  private readonly fairTo: number[] = [];
  private readonly cells = new Set<string>();
  private readonly properties: readonly PropertyName[];
  private steps = 0;

  constructor(
    private readonly model: Model,
    private readonly promises: readonly Promised[],
    private readonly statesMax: number,
  ) {
    this.properties = promises.filter((promised) => promised !== REST);
  }

  run(): Searched {
    const violation = this.visitAll() ?? this.restless();
    const { cells, steps } = this;
    return { states: this.states.length, steps, cells, violation };
  }

  private visitAll(): Violation | undefined {
    const start = this.model.start();
    const atStart = this.meet(start, 0);
    if (atStart) return atStart;
    for (let number = 0; number < this.states.length; number += 1) {
      const state = this.stateOf(number);
      for (const step of this.model.steps(state)) {
        const found = this.take(state, number, step);
        if (found) return found;
      }
    }
    return undefined;
  }

  private take(state: State, number: number, step: ModelStep): Violation | undefined {
    if (step.cell !== undefined) this.cells.add(step.cell);
    const key = keyOf(step.next);
    const known = this.numbers.get(key);
    if (known === number) return undefined;
    this.steps += 1;
    for (const promised of this.properties) {
      const fault = ofStep(promised, this.model, state, step);
      if (fault !== undefined) return this.violation(promised, number, [step.description, fault]);
    }
    if (step.fair) {
      this.fairFrom.push(number);
      this.fairTo.push(known ?? this.states.length);
    }
    return known === undefined ? this.meet(step.next, number) : undefined;
  }

  private meet(state: State, from: number): Violation | undefined {
    const number = this.states.push(state) - 1;
    if (number >= this.statesMax) {
      throw new Error(`There are more than ${this.statesMax} states: make the world smaller`);
    }
    this.numbers.set(keyOf(state), number);
    this.cameFrom.push(from);
    for (const promised of this.properties) {
      const fault = ofState(promised, this.model, state);
      if (fault !== undefined) return this.violation(promised, number, [fault]);
    }
    return undefined;
  }

  /** The nearest state from which no state of rest can be reached by fair steps. */
  private restless(): Violation | undefined {
    if (!this.promises.includes(REST)) return undefined;
    const before = this.states.map((): number[] => []);
    this.fairTo.forEach((to, index) => before[to]?.push(this.fairFrom[index] ?? to));
    const leadsToRest = this.states.map(isAtRest);
    const reached = leadsToRest.flatMap((isRest, number) => (isRest ? [number] : []));
    for (const number of reached) {
      for (const earlier of before[number] ?? []) {
        if (leadsToRest[earlier]) continue;
        leadsToRest[earlier] = true;
        reached.push(earlier);
      }
    }
    const stuck = leadsToRest.indexOf(false);
    if (stuck < 0) return undefined;
    const fault = `Nothing that is sure to happen leads to rest from ${told(this.stateOf(stuck))}`;
    return this.violation(REST, stuck, [fault]);
  }

  private violation(promised: Promised, number: number, last: readonly string[]): Violation {
    return { promised, trace: [...this.wayTo(number), ...last] };
  }

  private wayTo(number: number): string[] {
    const way: string[] = [];
    for (let at = number; at > 0; at = this.cameFrom[at] ?? 0) {
      const from = this.stateOf(this.cameFrom[at] ?? 0);
      const key = keyOf(this.stateOf(at));
      way.unshift(
        this.model.steps(from).find(({ next }) => keyOf(next) === key)?.description ?? '',
      );
    }
    return way;
  }

  private stateOf(number: number): State {
    const state = this.states[number];
    if (!state) throw new Error(`There is no state ${number}`);
    return state;
  }
}

const ofState = (promised: PropertyName, { world }: Model, state: State): string | undefined => {
  const property = PROPERTIES[promised];
  return 'ofState' in property ? property.ofState(world, state) : undefined;
};

const ofStep = (
  promised: PropertyName,
  { world }: Model,
  before: State,
  step: ModelStep,
): string | undefined => {
  const property = PROPERTIES[promised];
  return 'ofStep' in property ? property.ofStep(world, before, step) : undefined;
};

const told = ({ orders, inventory }: State): string =>
  [
    ...[...orders.statuses].map(([order, status]) => `order ${order} ${status}`),
    ...[...inventory.reservations.values()].map(
      ({ id, state }) => `reservation ${nameOf(id)} ${state}`,
    ),
  ].join(', ');
