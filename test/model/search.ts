import { isAtRest, PROPERTIES, type PropertyName } from './properties';
import { keyOf, type State } from './state';
import type { ModelStep } from './model-step';
import type { Model } from './steps';
import { nameOf } from './world';

/** Not a property of a state or a step: rest is reachable from every state by fair steps alone. */
export const REST = 'rest is reachable';

export type PromiseName = PropertyName | typeof REST;

export const ALL_PROMISES = [
  ...(Object.keys(PROPERTIES) as PropertyName[]),
  REST,
] as const satisfies readonly PromiseName[];

export interface Violation {
  readonly promise: PromiseName;
  /** The shortest trace, one step a line, with the fault last. */
  readonly trace: readonly string[];
}

export interface SearchResult {
  readonly states: number;
  readonly steps: number;
  /** The cells of TRANSITIONS_ON_REPLY that were used. */
  readonly cells: ReadonlySet<string>;
  readonly violation: Violation | undefined;
}

/** More than any world has. A search that reaches this number proves nothing and fails. */
const MAX_STATES = 1_000_000;

/**
 * Visits every reachable state, nearest first, and stops at the first that breaks one of the promises, so
 * its trace is the shortest. Throws if it cannot visit all states.
 */
export const search = (
  model: Model,
  promises: readonly PromiseName[],
  maxStates = MAX_STATES,
): SearchResult => new Search(model, promises, maxStates).run();

class Search {
  private readonly states: State[] = [];
  /** The number of each visited state. */
  private readonly numbers = new Map<string, number>();
  /** The state from which each state was reached first. */
  private readonly cameFrom: number[] = [];
  private readonly fairFrom: number[] = [];
  private readonly fairTo: number[] = [];
  private readonly cells = new Set<string>();
  private readonly properties: readonly PropertyName[];
  private steps = 0;

  constructor(
    private readonly model: Model,
    private readonly promises: readonly PromiseName[],
    private readonly maxStates: number,
  ) {
    this.properties = promises.filter((promise) => promise !== REST);
  }

  run(): SearchResult {
    const violation = this.visitAll() ?? this.findStuckState();
    const { cells, steps } = this;
    return { states: this.states.length, steps, cells, violation };
  }

  private visitAll(): Violation | undefined {
    const start = this.model.start();
    const atStart = this.visit(start, 0);
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
    for (const promise of this.properties) {
      const fault = ofStep(promise, this.model, state, step);
      if (fault !== undefined) return this.violation(promise, number, [step.description, fault]);
    }
    if (step.fair) {
      this.fairFrom.push(number);
      this.fairTo.push(known ?? this.states.length);
    }
    return known === undefined ? this.visit(step.next, number) : undefined;
  }

  private visit(state: State, from: number): Violation | undefined {
    const number = this.states.push(state) - 1;
    if (number >= this.maxStates) {
      throw new Error(`There are more than ${this.maxStates} states: make the world smaller`);
    }
    this.numbers.set(keyOf(state), number);
    this.cameFrom.push(from);
    for (const promise of this.properties) {
      const fault = ofState(promise, this.model, state);
      if (fault !== undefined) return this.violation(promise, number, [fault]);
    }
    return undefined;
  }

  /** Finds the nearest state from which fair steps do not reach rest. */
  private findStuckState(): Violation | undefined {
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
    const fault = `No certain steps lead to rest from ${describe(this.stateOf(stuck))}`;
    return this.violation(REST, stuck, [fault]);
  }

  private violation(promise: PromiseName, number: number, last: readonly string[]): Violation {
    return { promise, trace: [...this.traceTo(number), ...last] };
  }

  private traceTo(number: number): string[] {
    const trace: string[] = [];
    for (let at = number; at > 0; at = this.cameFrom[at] ?? 0) {
      const from = this.stateOf(this.cameFrom[at] ?? 0);
      const key = keyOf(this.stateOf(at));
      trace.unshift(
        this.model.steps(from).find(({ next }) => keyOf(next) === key)?.description ?? '',
      );
    }
    return trace;
  }

  private stateOf(number: number): State {
    const state = this.states[number];
    if (!state) throw new Error(`There is no state ${number}`);
    return state;
  }
}

const ofState = (promise: PropertyName, { world }: Model, state: State): string | undefined => {
  const property = PROPERTIES[promise];
  return 'ofState' in property ? property.ofState(world, state) : undefined;
};

const ofStep = (
  promise: PropertyName,
  { world }: Model,
  before: State,
  step: ModelStep,
): string | undefined => {
  const property = PROPERTIES[promise];
  return 'ofStep' in property ? property.ofStep(world, before, step) : undefined;
};

const describe = ({ orders, inventory }: State): string =>
  [
    ...[...orders.statuses].map(([order, status]) => `order ${order} ${status}`),
    ...[...inventory.reservations.values()].map(
      ({ id, state }) => `reservation ${nameOf(id)} ${state}`,
    ),
  ].join(', ');
