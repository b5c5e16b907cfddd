import { ServiceError } from '@app/errors';
import { type AuditAttempt, type AuditOutcome, SUCCEEDED } from './audit';
import type { AuditRepository } from './audit.repository';

const succeeded = (target: string | null): AuditOutcome => ({ outcome: SUCCEEDED, target });

const failed = (error: unknown): AuditOutcome => ({
  outcome: error instanceof ServiceError ? error.reason : 'INTERNAL',
  target: null,
});

/** Records changes so that none happens without a trace. */
export class AuditTrail {
  /** `onLost` is told of an outcome that could not be written. */
  constructor(
    private readonly entries: Pick<AuditRepository, 'insert' | 'insertOutcome'>,
    private readonly onLost: (position: number, error: unknown) => void,
  ) {}

  /** Records an attempt before the change. Returns its position. */
  begin(attempt: AuditAttempt): Promise<number> {
    return this.entries.insert(attempt);
  }

  /** Records what has come of an attempt, after the change. Resolves in any case. */
  async end(position: number, outcome: AuditOutcome): Promise<void> {
    await this.entries
      .insertOutcome(position, outcome)
      .catch((error: unknown) => this.onLost(position, error));
  }

  /**
   * Records the attempt, makes the change, and records the outcome. If the attempt cannot be recorded, rejects
   * and changes nothing. If the outcome cannot be recorded, the change has still been made: resolves as usual,
   * and the entry keeps an unknown outcome. `targetOf` returns the id of what the change has created.
   */
  async record<Result>(
    attempt: AuditAttempt,
    change: () => Promise<Result>,
    targetOf: (result: Result) => string | null = () => null,
  ): Promise<Result> {
    const position = await this.begin(attempt);
    try {
      const result = await change();
      await this.end(position, succeeded(targetOf(result)));
      return result;
    } catch (error) {
      await this.end(position, failed(error));
      throw error;
    }
  }
}
