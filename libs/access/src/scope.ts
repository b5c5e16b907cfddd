/** The rights of a caller of Orders, as principal.ts of Orders describes them. */
export const SCOPES = ['customer', 'staff', 'events', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];
