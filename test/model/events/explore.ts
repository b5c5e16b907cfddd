/** What can happen next in a state. */
export interface ModelStep<State> {
  readonly description: string;
  readonly next: State;
  /** Whether it happens eventually unless it is prevented. Crashes and lost answers may never happen. */
  readonly isFair: boolean;
}

export interface Model<State> {
  readonly start: State;
  steps(state: State): readonly ModelStep<State>[];
  /** Returns what is wrong with a step, if anything is. */
  faultOf(before: State, after: State): string | undefined;
  /** Whether everything that was to happen has happened. It must be reachable by fair steps. */
  isDone(state: State): boolean;
}

export interface Exploration {
  readonly states: number;
  /** The shortest trace to a fault, with the fault last; empty if there is none. */
  readonly trace: readonly string[];
}

/** More than the model has. A search that reaches this number proves nothing and fails. */
const MAX_STATES = 500_000;

/** Visits every reachable state, nearest first, and stops at the first fault. */
export const explore = <State>(model: Model<State>): Exploration => {
  const states = [model.start];
  const numbers = new Map([[JSON.stringify(model.start), 0]]);
  const cameFrom = [{ from: 0, by: 'start' }];
  const fairBefore: number[][] = [[]];
  const traceTo = (number: number): string[] => {
    const { from, by } = cameFrom[number] ?? { from: 0, by: '' };
    return number === 0 ? [] : [...traceTo(from), by];
  };
  for (let number = 0; number < states.length; number += 1) {
    const state = states[number] as State;
    for (const { description, next, isFair } of model.steps(state)) {
      const fault = model.faultOf(state, next);
      if (fault !== undefined) {
        return { states: states.length, trace: [...traceTo(number), description, fault] };
      }
      const key = JSON.stringify(next);
      const known = numbers.get(key) ?? states.push(next) - 1;
      if (!numbers.has(key)) {
        if (known >= MAX_STATES) throw new Error(`There are more than ${MAX_STATES} states`);
        numbers.set(key, known);
        cameFrom.push({ from: number, by: description });
        fairBefore.push([]);
      }
      if (isFair) fairBefore[known]?.push(number);
    }
  }
  const leadsToEnd = states.map((state) => model.isDone(state));
  const reached = leadsToEnd.flatMap((isEnd, number) => (isEnd ? [number] : []));
  for (const number of reached) {
    for (const before of fairBefore[number] ?? []) {
      if (!leadsToEnd[before]) reached.push(before);
      leadsToEnd[before] = true;
    }
  }
  const stuck = leadsToEnd.indexOf(false);
  const trace = stuck < 0 ? [] : [...traceTo(stuck), 'From here not all events are applied.'];
  return { states: states.length, trace };
};
