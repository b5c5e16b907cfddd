/** Limits of watched SKUs. */
export interface SkuLimits {
  readonly maxSkus: number;
  readonly maxSkusPerPeer: number;
  /** SKUs that Inventory has never had. Any name is one, so they have limits of their own. */
  readonly maxUnknownSkus: number;
  readonly maxUnknownSkusPerPeer: number;
}

export interface WatchedSku {
  readonly sku: string;
  readonly isKnown: boolean;
}

/** Counts different SKUs, known and unknown ones apart. */
class SkuCount {
  private readonly watches = new Map<string, number>();
  private readonly unknown = new Set<string>();

  get isEmpty(): boolean {
    return this.watches.size === 0;
  }

  /** Returns whether the SKUs would exceed a limit. */
  exceeds(skus: readonly WatchedSku[], maxKnown: number, maxUnknown: number): boolean {
    const added = skus.filter(({ sku }) => !this.watches.has(sku));
    const unknown = added.filter(({ isKnown }) => !isKnown).length;
    const known = added.length - unknown;
    const knownBefore = this.watches.size - this.unknown.size;
    return (
      (known > 0 && knownBefore + known > maxKnown) ||
      (unknown > 0 && this.unknown.size + unknown > maxUnknown)
    );
  }

  add({ sku, isKnown }: WatchedSku): void {
    const before = this.watches.get(sku);
    this.watches.set(sku, (before ?? 0) + 1);
    if (before === undefined && !isKnown) this.unknown.add(sku);
  }

  remove(sku: string): void {
    const before = this.watches.get(sku) ?? 0;
    if (before > 1) {
      this.watches.set(sku, before - 1);
      return;
    }
    this.watches.delete(sku);
    this.unknown.delete(sku);
  }

  becameKnown(sku: string): void {
    this.unknown.delete(sku);
  }
}

/**
 * Bounds the different SKUs that are watched, in all and for each client address, so that neither one
 * client nor names that do not exist take the places of others.
 */
export class SkuQuota {
  private readonly all = new SkuCount();
  private readonly byPeer = new Map<string, SkuCount>();

  constructor(private readonly limits: SkuLimits) {}

  /** Returns the limit that the SKUs would exceed, in words, or undefined. */
  excess(peer: string, skus: readonly WatchedSku[]): string | undefined {
    const { maxSkus, maxSkusPerPeer, maxUnknownSkus, maxUnknownSkusPerPeer } = this.limits;
    if (this.all.exceeds(skus, maxSkus, maxUnknownSkus))
      return `${maxSkus} known and ${maxUnknownSkus} unknown SKUs at an instance`;
    return this.byPeer.get(peer)?.exceeds(skus, maxSkusPerPeer, maxUnknownSkusPerPeer)
      ? `${maxSkusPerPeer} known and ${maxUnknownSkusPerPeer} unknown SKUs of one client address`
      : undefined;
  }

  add(peer: string, skus: readonly WatchedSku[]): void {
    const own = this.byPeer.get(peer) ?? new SkuCount();
    this.byPeer.set(peer, own);
    for (const each of skus) {
      this.all.add(each);
      own.add(each);
    }
  }

  remove(peer: string, skus: readonly string[]): void {
    const own = this.byPeer.get(peer);
    for (const sku of skus) {
      this.all.remove(sku);
      own?.remove(sku);
    }
    if (own?.isEmpty) this.byPeer.delete(peer);
  }

  /** Counts an unknown SKU as a known one from now on. */
  becameKnown(sku: string): void {
    this.all.becameKnown(sku);
    for (const own of this.byPeer.values()) own.becameKnown(sku);
  }
}
