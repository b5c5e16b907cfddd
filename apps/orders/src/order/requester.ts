import { ownerOf } from '../access/ownership';
import { allows, type Principal } from '../access/principal';
import type { Order } from './order';
import type { Actor } from './order-event';

/** Who requests something of an order. */
export interface Requester {
  /** Recorded in the timeline. */
  readonly actor: Exclude<Actor, 'SYSTEM'>;
  /** The only customer whose orders the requester may see and change. Undefined: those of any customer. */
  readonly owner?: string | undefined;
  /** Whose idempotency keys the requester uses. Undefined: those of the customer of each order. */
  readonly subject?: string | undefined;
}

/** A requester that is trusted with the orders of any customer, and acts for each. */
export const FOR_ANY_CUSTOMER: Requester = { actor: 'CUSTOMER' };

const actorOf = (principal: Principal): Requester['actor'] => {
  if (principal.scopes.has('staff')) return 'STAFF';
  return allows(principal, 'admin') ? 'ADMIN' : 'CUSTOMER';
};

/** Returns the requester that a caller is. While authentication is off, each caller is taken for a customer. */
export const requesterOf = (principal: Principal): Requester =>
  principal.kind === 'anonymous'
    ? FOR_ANY_CUSTOMER
    : {
        actor: actorOf(principal),
        owner: ownerOf(principal),
        subject: principal.subject,
      };

/** Whether the requester may know that the order exists. */
export const maySee = ({ owner }: Requester, { userId }: Pick<Order, 'userId'>): boolean =>
  owner === undefined || owner === userId;
