import type { Figure } from '../test/harness/figures';
import type { RestartablePostgres } from '../test/harness/postgres';
import type { Log } from '../tools/tool';
import type { LoadGenerator } from '../test/harness/load/load-generator';
import type { Measured } from '../test/harness/load/plan';
import type { CoresTaken } from './processor';

/** What a scenario works with. */
export interface Bench {
  readonly say: Log;
  readonly load: LoadGenerator;
  readonly postgres: RestartablePostgres;
  /** Is done when the scenario has ended, however it ended; what was told last comes first. */
  readonly atEnd: (end: () => Promise<unknown>) => void;
}

/** One that is measured, and what each of its rounds came to. */
export interface Contestant {
  readonly name: string;
  readonly rounds: readonly Round[];
}

export interface Round extends Measured {
  readonly coresTaken: CoresTaken;
}

export interface Outcome {
  readonly contestants: readonly Contestant[];
  /** In Markdown, where what was measured is no matter of contestants and rounds. */
  readonly tables?: readonly string[];
  readonly figures: readonly Figure[];
}

export interface Scenario {
  readonly title: string;
  /** Only where it is named: it has no goal, and explains the others. */
  readonly isAside?: boolean;
  readonly run: (bench: Bench) => Promise<Outcome>;
}
