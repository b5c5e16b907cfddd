/** How the one who acts has proved who it is. `operator`: a command on the database. */
export const ACTOR_KINDS = ['anonymous', 'token', 'apiKey', 'operator'] as const;

export type ActorKind = (typeof ACTOR_KINDS)[number];

/** What is recorded before a change is attempted. */
export interface AuditAttempt {
  readonly actorKind: ActorKind;
  /** The subject of the token or of the key; the system user of a command. */
  readonly actor: string;
  /** The API key that was used; null without one. */
  readonly keyId: string | null;
  /** The operation, as the OpenAPI document names it: `fulfillOrder`. */
  readonly action: string;
  /** What it is about, such as the id of the order; null if the call creates it. */
  readonly target: string | null;
  readonly requestId: string | null;
  /** Where the call came from: the address of the client, or the host of a command. */
  readonly client: string | null;
}

/** What has come of an attempt. */
export interface AuditOutcome {
  /** `SUCCEEDED`, or the reason of the error. */
  readonly outcome: string;
  /** What the call has created; null if it has created nothing. */
  readonly target: string | null;
}

/** One entry of the audit trail. */
export interface AuditEntry extends AuditAttempt {
  readonly position: number;
  readonly at: Date;
  /** Null: unknown, since the call is running, the process died, or the outcome could not be written. */
  readonly outcome: string | null;
  readonly endedAt: Date | null;
}

export const SUCCEEDED = 'SUCCEEDED';

const MAX_LENGTH = 200;

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** Returns a target with its ids as responses spell them, so that a caller cannot hide a change by another spelling. */
export const auditTarget = (target: string): string =>
  target.replaceAll(UUID, (id) => id.toLowerCase());

/** All but visible characters and spaces. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Returns text of a caller as the trail stores it: what was not validated yet may be long, or have characters
 * that Postgres rejects or that would garble a terminal.
 */
export const auditText = (text: string): string => {
  const start = Array.from(text.slice(0, 2 * MAX_LENGTH))
    .slice(0, MAX_LENGTH)
    .join('');
  return start.replaceAll(HIDDEN, '\ufffd');
};
