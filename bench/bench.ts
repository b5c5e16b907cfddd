import type { Figure } from '../test/harness/figures';
import type { LoadGenerator } from '../test/harness/load/load-generator';
import type { Measured } from '../test/harness/load/plan';
import type { RestartablePostgres } from '../test/harness/postgres';
import type { Log } from '../tools/tool';
import type { CoresUsed } from './cpu-usage';

/** What a scenario works with. */
export interface Bench {
  readonly log: Log;
  readonly load: LoadGenerator;
  readonly postgres: RestartablePostgres;
  /** Runs when the scenario has ended or failed, in reverse order. */
  readonly atEnd: (end: () => Promise<unknown>) => void;
}

/** The rounds of one workload. */
export interface Series {
  readonly name: string;
  readonly rounds: readonly Round[];
}

export interface Round extends Measured {
  readonly coresUsed: CoresUsed;
}

export interface Outcome {
  readonly series: readonly Series[];
  /** Markdown tables of a scenario whose results are not rounds of workloads. */
  readonly tables?: readonly string[];
  readonly figures: readonly Figure[];
}

export interface Scenario {
  readonly title: string;
  /** Explains other scenarios, has no goals and runs only where it is named. */
  readonly isDiagnostic?: boolean;
  readonly run: (bench: Bench) => Promise<Outcome>;
}
