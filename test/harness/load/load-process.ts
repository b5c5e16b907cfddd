/**
 * Generates load in a process of its own at the lowest priority: real clients run on other machines and
 * do not take the processor from the services. Measures one plan after another, as told over IPC, so its
 * own code is warm from the second plan on.
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
process.on('message', (plan: LoadPlan) => {
  void reportOn(plan).then((report) => process.send?.(report));
});
process.on('disconnect', () => process.exit(0));
