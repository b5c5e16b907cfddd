import type { LineDto } from '@app/contracts';

/** The kinds of movements that are events of a reservation, and have all of its contents. */
export type MovedKind = 'HELD' | 'COMMITTED' | 'RELEASED' | 'EXPIRED';

/** What an entry of the log names: rows, and what cannot be read from them later. */
export type EventRef =
  /** The movements of this kind. A reservation has them once, unless it was reduced. */
  | { readonly from: 'movements'; readonly id: string; readonly kind: MovedKind }
  /** A reduction, or the release of a hold that was reduced before. */
  | {
      readonly from: 'ref';
      readonly id: string;
      readonly kind: 'REDUCED' | 'RELEASED';
      /** How often the hold was reduced by then. */
      readonly reductions: number;
      readonly time: Date;
      readonly items: readonly LineDto[];
    }
  /** The release of an unknown id. Its row is deleted after a while. */
  | { readonly from: 'tombstone'; readonly id: string; readonly time: Date }
  | { readonly from: 'rejection'; readonly id: string }
  | { readonly from: 'adjustment'; readonly sku: string; readonly seq: number }
  /** A crossing of a threshold. Thresholds change, so it has all that the event tells. */
  | {
      readonly from: 'threshold';
      readonly sku: string;
      readonly seq: number;
      readonly isLow: boolean;
      readonly limit: number;
      readonly available: number;
      readonly microseconds: string;
    };

const RESERVATION = /^reservation\/([^/]+)\/([A-Z]+)(?:\/(\d+))?(?:\/(\d+)\/([^/]+))?$/;
const MOVEMENT = /^movement\/([^/]+)\/(\d+)$/;
const THRESHOLD = /^threshold\/([^/]+)\/(\d+)\/(LOW|REPLENISHED)\/(\d+)\/(\d+)\/(\d+)$/;

const MICROSECONDS = 1_000;

/** Returns the time of a reference, in whole milliseconds. */
export const timeOf = (microseconds: string): Date => new Date(Number(microseconds) / MICROSECONDS);

const itemsOf = (text: string): LineDto[] =>
  text.split(',').map((item) => {
    const [sku = '', quantity = ''] = item.split('=');
    return { sku, quantity: Number(quantity) };
  });

const isMovedKind = (kind: string): kind is MovedKind =>
  kind === 'HELD' || kind === 'COMMITTED' || kind === 'RELEASED' || kind === 'EXPIRED';

const parseThreshold = (ref: string): EventRef | undefined => {
  const [, sku, seq, side, limit, available, microseconds] = THRESHOLD.exec(ref) ?? [];
  if (sku === undefined || microseconds === undefined) return undefined;
  return {
    from: 'threshold',
    sku,
    seq: Number(seq),
    isLow: side === 'LOW',
    limit: Number(limit),
    available: Number(available),
    microseconds,
  };
};

/** Returns what an entry of the log names; undefined if a later version has written it. */
export const parseRef = (ref: string): EventRef | undefined => {
  const [, sku, seq] = MOVEMENT.exec(ref) ?? [];
  if (sku !== undefined && seq !== undefined) return { from: 'adjustment', sku, seq: Number(seq) };
  const [, id, kind, number, microseconds, items] = RESERVATION.exec(ref) ?? [];
  if (id === undefined || kind === undefined) return parseThreshold(ref);
  if (kind === 'REJECTED') return { from: 'rejection', id };
  if (kind === 'TOMBSTONE' && number !== undefined) {
    return { from: 'tombstone', id, time: timeOf(number) };
  }
  if (number === undefined || microseconds === undefined || items === undefined) {
    return isMovedKind(kind) ? { from: 'movements', id, kind } : undefined;
  }
  if (kind !== 'REDUCED' && kind !== 'RELEASED') return undefined;
  const time = timeOf(microseconds);
  return { from: 'ref', id, kind, reductions: Number(number), time, items: itemsOf(items) };
};
