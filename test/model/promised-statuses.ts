import type { Status } from './protocol';
import type { ModelStep } from './model-step';

type Causes = readonly ModelStep['by'][];

/**
 * The statuses that may follow a status, with their possible causes. Other properties check that
 * CANCELLED and FULFILLED do not come too early.
 */
export const PROMISES: Partial<Record<Status, Partial<Record<Status, Causes>>>> = {
  PENDING: {
    CONFIRMED: ['answer'],
    CANCELLED: ['answer', 'cancel', 'acceptBy', 'noResponse'],
    CANCELLING: ['cancel', 'acceptBy'],
  },
  CONFIRMED: {
    REDUCING: ['reduce'],
    CANCELLING: ['cancel', 'expire'],
    CANCELLED: ['cancel', 'expire'],
    FULFILLING: ['fulfill'],
    FULFILLED: ['fulfill'],
  },
  REDUCING: { CONFIRMED: ['answer'], CANCELLING: ['cancel'] },
  CANCELLING: { CANCELLED: ['answer'] },
  FULFILLING: { FULFILLED: ['answer'] },
  CANCELLED: {},
  FULFILLED: {},
};

/** A reservation may have been committed manually before the release, and released before the commit. */
export const PROMISES_WITH_MANUAL_ENDS: typeof PROMISES = {
  ...PROMISES,
  REDUCING: { ...PROMISES.REDUCING, CANCELLED: ['answer'], FULFILLED: ['answer'] },
  CANCELLING: { CANCELLED: ['answer'], FULFILLED: ['answer'] },
  FULFILLING: { CANCELLED: ['answer'], FULFILLED: ['answer'] },
};
