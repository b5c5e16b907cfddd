/**
 * Load from a process of its own, with the lowest priority: clients are on other machines, and must not
 * take the processor from what they call. Measures one plan after another, as it is told over its IPC
 * channel, so that its own code is warm from the second one on.
 */
import { setPriority } from 'node:os';
import { measure } from './measure';
import type { LoadPlan, Measured } from './plan';

const LOWEST_PRIORITY = 19;

export type Report = { readonly measured: Measured } | { readonly failed: string };

const reportOn = (plan: LoadPlan): Promise<Report> =>
  measure(plan).then(
    (measured) => ({ measured }),
    (error: unknown) => ({ failed: String(error) }),
  );

setPriority(LOWEST_PRIORITY);
process.on('message', (plan: LoadPlan) => void reportOn(plan).then((said) => process.send?.(said)));
process.on('disconnect', () => process.exit(0));
