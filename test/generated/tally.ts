import { type Figure, formatNumber, measured } from '../harness/figures';
import type { Outcome, Probe } from './probe';

/** Counts of a run. */
export class Tally {
  /** Inputs after which the state was the same as before. */
  compared = 0;
  /** Requests that were repeated because they had failed. */
  repeated = 0;
  /** Requests of these after which the state was compared. */
  comparedErrors = 0;
  private readonly counts = new Map<string, Map<string, number>>();

  add({ wire, caller, validity, target }: Probe, { label }: Outcome): void {
    this.count('wire', wire);
    this.count('credential', `${wire}: ${caller}`);
    this.count('answer', `${wire}: ${label}`);
    this.count('validity', `${wire}: ${validity}`);
    this.count('operation', `${wire}: ${target}`);
    if (wire === 'HTTP' && validity === 'valid' && label.includes('INVALID_REQUEST'))
      this.count('valid by the contract, but rejected as invalid', `${wire}: ${target}`);
  }

  /** Returns a figure for each name of a group. */
  figures(group: string): Figure[] {
    return [...(this.counts.get(group) ?? [])]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, count]) => measured(name, formatNumber(count)));
  }

  get total(): number {
    return [...(this.counts.get('wire') ?? new Map<string, number>()).values()].reduce(
      (sum, count) => sum + count,
      0,
    );
  }

  private count(group: string, name: string): void {
    const counts = this.counts.get(group) ?? new Map<string, number>();
    this.counts.set(group, counts.set(name, (counts.get(name) ?? 0) + 1));
  }
}
