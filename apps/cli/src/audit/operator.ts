import { hostname } from 'node:os';
import { type AuditAttempt, AuditRepository, auditText, AuditTrail } from '@app/access';
import type { Database } from '@app/postgres';
import { messageOf, printNote } from '../command-line/output';
import { systemUser } from '../command-line/values';

/** Makes a change of this command in the audit trail: first the attempt, then the outcome. */
export function recordAsOperator<Result>(
  database: Database,
  { action, target }: Pick<AuditAttempt, 'action' | 'target'>,
  change: () => Promise<Result>,
  targetOf?: (result: Result) => string,
): Promise<Result> {
  const entries = new AuditRepository(database, database);
  const trail = new AuditTrail(entries, (position, error) =>
    printNote(
      `The outcome of entry ${position} of the audit trail could not be recorded: ${messageOf(error)}`,
    ),
  );
  const attempt = {
    actorKind: 'operator',
    actor: auditText(systemUser()),
    keyId: null,
    action,
    target,
    requestId: null,
    client: auditText(hostname()),
  } as const;
  return trail.record(attempt, change, targetOf);
}
