import { type Layer, type Plan, planLayer, skusFor } from './plan';

/**
 * A dataset consists of layers with SKUs of their own, of which each has a quarter of the orders: a few
 * SKUs that were popular in the past, a few that are popular now, a fiftieth of all SKUs, and the rest.
 */

const DATASET_DAYS = 90;
const HOUR_US = 3_600_000_000;
const DAY_US = 24 * HOUR_US;
const ORDERS_PER_USER = 50;

/** Fewer SKUs form one layer. */
const MIN_SKUS = 40;
/** One in so many SKUs sells well, but is not popular. */
const MIDDLE = 50;
/** The part of the time in which the SKUs of the past were popular. */
const PAST = 0.6;
/** Of 1,000 orders, 55 of the newest are not fulfilled: 50 are held, and 5 are released or rejected. */
const HELD_PER_MILLE = 55;

export interface DatasetSize {
  readonly skus: number;
  readonly orders: number;
}

/** The SKUs of a dataset are `sku-1` to `sku-<skus>`. */
export const skuName = (nth: number): string => `sku-${nth}`;

interface LayerSize extends DatasetSize {
  readonly isPast: boolean;
}

/** Returns the sizes of the layers, in the order of their SKUs. */
const sizesOf = ({ skus, orders }: DatasetSize): readonly LayerSize[] => {
  const part = Math.floor(orders / 4);
  const popular = skusFor(part);
  const middle = Math.max(popular, Math.floor(skus / MIDDLE));
  if (skus < MIN_SKUS + 2 * popular + middle) return [{ skus, orders, isPast: false }];
  return [
    { skus: popular, orders: part, isPast: true },
    { skus: popular, orders: part, isPast: false },
    { skus: middle, orders: part, isPast: false },
    { skus: skus - 2 * popular - middle, orders: orders - 3 * part, isPast: false },
  ];
};

/** Returns a SKU that was popular in the past, one that is popular now, and one that is neither. */
export const layerSkus = (size: DatasetSize): { past: string; popular: string; rare: string } => {
  const [past, popular] = sizesOf(size);
  if (!past || !popular) throw new Error('The dataset is too small to have layers');
  return { past: skuName(1), popular: skuName(past.skus + 1), rare: skuName(size.skus) };
};

/** Plans the layers of a dataset whose last order was placed two hours ago. */
export const planDataset = (size: DatasetSize, nowMs: number): readonly Plan[] => {
  const sizes = sizesOf(size);
  // The last order has ended by now as well.
  const endedUs = nowMs * 1_000 - 2 * HOUR_US;
  const beganUs = endedUs - DATASET_DAYS * DAY_US;
  const users = Math.max(1, Math.ceil(size.orders / ORDERS_PER_USER));
  const present = sizes.filter(({ isPast }) => !isPast).length;
  const heldPerMille = Math.round((HELD_PER_MILLE * sizes.length) / present);
  let [skusBefore, ordersBefore] = [0, 0];
  return sizes.map(({ skus, orders, isPast }) => {
    const layer: Layer = {
      ...{ skus, orders, skusBefore, ordersBefore, users, beganUs },
      endedUs: isPast ? beganUs + PAST * (endedUs - beganUs) : endedUs,
      heldPerMille: isPast ? 0 : heldPerMille,
    };
    skusBefore += skus;
    ordersBefore += orders;
    return planLayer(layer);
  });
};
