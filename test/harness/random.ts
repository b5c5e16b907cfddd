const WARM_UP_ROUNDS = 16;

/** Pseudo-random numbers, the same for the same seed. Only for test data. */
export class Random {
  private state: number;

  constructor(seed: number) {
    // The state must not be 0, and adjacent seeds must not have similar first numbers.
    this.state = Math.imul(seed + 1, 0x9e3779b1) | 1;
    for (let round = 0; round < WARM_UP_ROUNDS; round += 1) this.next();
  }

  /** From 0 to below 1. */
  next(): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) / 2 ** 32;
  }

  /** An integer from `low` to `high`, inclusive. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<Value>(values: readonly Value[]): Value {
    const value = values[Math.floor(this.next() * values.length)];
    if (value === undefined) throw new Error('There is nothing to pick from');
    return value;
  }

  /** One of the names, with a probability proportional to its weight. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries<number>(weights) as [Name, number][];
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      left -= weight;
      if (left < 0) return name;
    }
    return this.pick(entries)[0];
  }
}
