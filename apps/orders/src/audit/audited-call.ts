import type { Access } from '../access/allow.decorator';
import { allows, type Principal } from '../access/principal';

const READS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Whether a call is recorded in the audit trail: one that may change something, by a caller with the rights of
 * staff or of an administrator, also if it lacks the scope for this call; or by any caller that may use a handler
 * for which the rights of a customer or of staff are not enough, such as those of webhooks and API keys.
 *
 * Other calls without the scope are not recorded, or any client could fill the trail. While authentication is off,
 * calls about orders are not recorded: it is unknown who makes them.
 */
export const isAudited = (
  method: string,
  access: Access | undefined,
  principal: Principal,
): boolean => {
  if (READS.includes(method) || access === undefined || access === 'public') return false;
  if (principal.kind !== 'anonymous' && allows(principal, 'staff')) return true;
  const isForAdministration = !access.includes('customer') && !access.includes('staff');
  return isForAdministration && access.some((scope) => allows(principal, scope));
};

/** Returns the values of the parameters of a path as one target: `id`, or `id/deliveryId`. Null without any. */
export const targetOfPath = (parameters: Readonly<Record<string, string>>): string | null => {
  const values = Object.values(parameters);
  return values.length > 0 ? values.join('/') : null;
};

/** What has come of a call, as in the audit trail. */
interface Outcome {
  readonly outcome: string;
  readonly target: string | null;
}

const textOf = (body: unknown, name: 'id' | 'orderId' | 'reason'): string | undefined => {
  if (typeof body !== 'string' && !Buffer.isBuffer(body)) return undefined;
  try {
    const { [name]: value } = Object(JSON.parse(body.toString())) as Record<string, unknown>;
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Returns what has come of a call, by its response: success, or the reason of the problem; and the id of what was
 * created, unless the path has named the target. An order that is rejected is stored, and the problem has its id.
 */
export const outcomeOf = (status: number, body: unknown, pathTarget: string | null): Outcome => {
  const [outcome, created] =
    status < 400
      ? ['SUCCEEDED', textOf(body, 'id')]
      : [textOf(body, 'reason') ?? String(status), textOf(body, 'orderId')];
  return { outcome, target: pathTarget === null ? (created ?? null) : null };
};
