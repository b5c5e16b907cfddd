import type { Request } from 'express';
import { limitedNetwork } from '@app/config';
import { principalOf } from '../access/principal.decorator';

/**
 * Returns the key under which a caller is counted: its subject if it has credentials, its network otherwise.
 * Undefined for programs on this machine without credentials, which are not limited.
 */
export const callerKeyOf = (request: Request): string | undefined => {
  const { kind, subject } = principalOf(request);
  if (kind !== 'anonymous') return `subject ${subject}`;
  const network = limitedNetwork(request.ip);
  return network === undefined ? undefined : `address ${network}`;
};

/** The key of all programs on this machine without credentials, where they count as one caller. */
export const THIS_MACHINE = 'this machine';

export const anyCallerKeyOf = (request: Request): string => callerKeyOf(request) ?? THIS_MACHINE;
