import { z } from 'zod';
import { LIMITS, skuFault, wholeNumberFault } from '@app/contracts';

/** With the longest SKUs 76 kB, which fits into a variable of the environment on every platform. */
export const MAX_SEEDED_SKUS = 1_000;

const PAIRS = 'must be SKU=units pairs such as burger=5,pizza=10';
const unitsFault = wholeNumberFault(0, LIMITS.maxOnHand);

/** Initial stock as text: `burger=5,pizza=10`. */
export const seedStock = () =>
  z
    .string({ error: PAIRS })
    .superRefine((text, context) => {
      const fault = seedFault(text);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    })
    .transform((text) => text.split(',').map(seedOf));

/** Returns the first fault with the pair that has it. */
function seedFault(text: string): string | undefined {
  const pairs = text.split(',');
  if (pairs.length > MAX_SEEDED_SKUS) {
    return `must have at most ${MAX_SEEDED_SKUS} SKUs; import further ones with \`npm run stock -- import\``;
  }
  const skus = new Set<string>();
  for (const [index, pair] of pairs.entries()) {
    const { sku, onHand } = seedOf(pair);
    const fault = /^[^=]*=\d+$/.test(pair)
      ? (skuFault(sku) ?? prefixed('units', unitsFault(onHand)) ?? repeated(sku, skus))
      : 'has another form';
    if (fault !== undefined) return `${PAIRS}; pair ${index + 1} ${fault}`;
    skus.add(sku);
  }
  return undefined;
}

const prefixed = (name: string, fault: string | undefined): string | undefined =>
  fault === undefined ? undefined : `${name} ${fault}`;

const repeated = (sku: string, earlier: ReadonlySet<string>): string | undefined =>
  earlier.has(sku) ? `names the SKU ${sku} again` : undefined;

const seedOf = (pair: string): { readonly sku: string; readonly onHand: number } => {
  const [sku = '', units = ''] = pair.split('=');
  return { sku, onHand: Number(units) };
};
