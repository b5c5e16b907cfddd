/**
 * What a caller may do. `customer`: place, read and change orders of its own. `staff`: the same with any
 * order, and fulfill and retry. `events`: follow the event log, and manage webhooks. `admin`: everything.
 */
export const SCOPES = ['customer', 'staff', 'events', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];
