import type { components } from './schema.js';

type Schemas = components['schemas'];

/** A problem that the service returns. `reason` tells which one, and so which members it has. */
export type Problem = {
  [Name in keyof Schemas]: Name extends `${string}Problem` ? Schemas[Name] : never;
}[keyof Schemas];

/** The stable name of a problem. */
export type Reason = Problem['reason'];

/** The problem with this reason. */
export type ProblemOf<R extends Reason> = Extract<Problem, { readonly reason: R }>;

/** The service has answered with a problem. `problem` has all of its members. */
export class ProblemError<R extends Reason = Reason> extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly problem: ProblemOf<R>,
    /** How long the service asks to wait before the next attempt. */
    readonly retryAfterMs?: number,
  ) {
    super(`${problem.reason}: ${problem.detail}`);
  }

  get reason(): R {
    return this.problem.reason;
  }
}

/**
 * Whether an error is a problem, and one with this reason, if there is one. Then the compiler knows its
 * members: `isProblem(error, 'INSUFFICIENT_STOCK') && error.problem.shortages`.
 */
export const isProblem = <R extends Reason = Reason>(
  error: unknown,
  reason?: R,
): error is ProblemError<R> =>
  error instanceof ProblemError && (reason === undefined || error.reason === reason);

/** There was no answer: no connection, or not in time. The request may have had its effect. */
export class UnansweredRequestError extends Error {
  override readonly name = 'UnansweredRequestError';
}

/** Throws a `UnansweredRequestError` for what `fetch` has thrown. */
export const throwUnanswered = (cause: unknown): never => {
  throw new UnansweredRequestError('There was no complete answer.', { cause });
};

/** Something else than the service has answered, such as a proxy. */
export class UnexpectedResponseError extends Error {
  override readonly name = 'UnexpectedResponseError';

  constructor(
    readonly status: number,
    readonly body: string,
  ) {
    super(`The response ${status} is not from QuickBite: ${body.slice(0, MAX_QUOTED)}`);
  }
}

const MAX_QUOTED = 200;

const isProblemBody = (body: unknown): body is Problem =>
  typeof body === 'object' && body !== null && 'reason' in body && 'detail' in body;

/** Returns the error that a response stands for. Reads its body. */
export const errorOf = async (response: Response): Promise<Error> => {
  const text = await response.text().catch(throwUnanswered);
  const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN);
  const body = parsed(text);
  if (!isProblemBody(body)) return new UnexpectedResponseError(response.status, text);
  return new ProblemError(body, Number.isFinite(seconds) ? seconds * 1_000 : undefined);
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};
