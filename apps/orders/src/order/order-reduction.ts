import type { LineDto } from '@app/contracts';

/** Returns the units of each SKU, in the order of the items. */
export const unitsBySku = (items: readonly LineDto[]): Map<string, number> => {
  const units = new Map<string, number>();
  for (const { sku, quantity } of items) units.set(sku, (units.get(sku) ?? 0) + quantity);
  return units;
};

/**
 * Returns the items with at most as many units of each SKU as `kept` names; of a SKU that it names twice,
 * the last entry counts. If several items have a SKU, the first ones keep their units. An item without
 * units is left out. SKUs that are not named stay as they are.
 */
export const keepUnits = (
  items: readonly LineDto[],
  kept: readonly LineDto[],
): readonly LineDto[] => {
  const left = new Map(kept.map(({ sku, quantity }) => [sku, quantity]));
  return items.flatMap((item) => {
    const { sku, quantity } = item;
    const units = left.get(sku);
    if (units === undefined) return [item];
    const stays = Math.min(quantity, units);
    left.set(sku, units - stays);
    return stays > 0 ? [{ sku, quantity: stays }] : [];
  });
};

/** Returns whether both have the same units of each SKU. */
export const haveSameUnits = (one: readonly LineDto[], other: readonly LineDto[]): boolean => {
  const [units, others] = [unitsBySku(one), unitsBySku(other)];
  return units.size === others.size && [...units].every(([sku, each]) => others.get(sku) === each);
};
