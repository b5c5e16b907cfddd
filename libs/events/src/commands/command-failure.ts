import { ServiceError } from '@app/errors';

/** A command that will never succeed. It becomes a dead letter. */
export class CommandRejected extends Error {
  /** `reason`: its stable name, such as MALFORMED. `message`: one sentence that explains it. */
  constructor(
    readonly reason: string,
    message: string,
  ) {
    super(message);
    this.name = 'CommandRejected';
  }
}

/** A command that cannot succeed now, for a reason that passes. */
export class CommandDelayed extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandDelayed';
  }
}

/** What a failed attempt means for its command. */
export type CommandFailure =
  | { readonly kind: 'permanent'; readonly reason: string; readonly detail: string }
  | { readonly kind: 'transient'; readonly detail: string }
  /** A fault of this program or of the database, which may pass. */
  | { readonly kind: 'unexpected'; readonly detail: string };

const TRANSIENT: ReadonlySet<string> = new Set([
  'DATABASE_UNAVAILABLE',
  'INVENTORY_UNAVAILABLE',
  'OVERLOADED',
  'DEADLINE_PASSED',
  'SHUTTING_DOWN',
]);

/** Returns what the error of an attempt means. */
export const failureOf = (error: unknown): CommandFailure => {
  if (error instanceof CommandRejected) {
    return { kind: 'permanent', reason: error.reason, detail: error.message };
  }
  if (error instanceof CommandDelayed) return { kind: 'transient', detail: error.message };
  if (!(error instanceof ServiceError)) return { kind: 'unexpected', detail: String(error) };
  const { reason, message, cause } = error;
  if (TRANSIENT.has(reason)) return { kind: 'transient', detail: message };
  if (reason === 'INTERNAL') {
    return { kind: 'unexpected', detail: cause instanceof Error ? cause.message : message };
  }
  return { kind: 'permanent', reason, detail: message };
};
