interface Violation {
  count: number;
  readonly first: string;
}

/** What contradicts the contract, each kind with the first request that shows it. */
export class Violations {
  private readonly found = new Map<string, Violation>();

  /** `what` names a kind, `repro` says how to see it again. */
  add(what: string, repro: string): void {
    const known = this.found.get(what);
    if (known) known.count += 1;
    else this.found.set(what, { count: 1, first: repro });
  }

  get total(): number {
    return [...this.found.values()].reduce((sum, { count }) => sum + count, 0);
  }

  /** One paragraph for each kind. */
  lines(): string[] {
    return [...this.found].map(
      ([what, { count, first }]) => `VIOLATION  ${what} (${count} times)\n  ${first}`,
    );
  }
}
