import type { ServiceError } from '@app/errors';
import { THIS_MACHINE } from './caller-key';
import { tooManyOpenStreams } from './http-errors';

/** The part of the places that no caller gets beyond its share. */
const RESERVE = 0.25;
/** The part of the places that is the share of a caller while only the reserve is left. */
const SHARE = 0.02;

/**
 * Counts the open streams of one kind. As long as there are places for all, a caller may have any number, such
 * as the server of a shop with a stream for each of its customers. The last quarter is for callers with few.
 */
export class OpenStreams {
  private readonly byCaller = new Map<string, number>();
  private size = 0;

  /** `full`: the error when all places are taken. */
  constructor(
    private readonly max: number,
    private readonly full: () => ServiceError,
  ) {}

  /**
   * Takes a place until `closed` aborts. Throws RATE_LIMITED if few places are left and the caller has its share,
   * and OVERLOADED if none is left. Programs on this machine without credentials have no share.
   */
  admit(caller: string, closed: AbortSignal): void {
    const own = this.byCaller.get(caller) ?? 0;
    const isScarce = this.size >= this.max * (1 - RESERVE);
    if (isScarce && own >= this.max * SHARE && caller !== THIS_MACHINE)
      throw tooManyOpenStreams(own);
    if (this.size >= this.max) throw this.full();
    if (closed.aborted) return;
    this.size += 1;
    this.byCaller.set(caller, own + 1);
    closed.addEventListener('abort', () => this.release(caller));
  }

  private release(caller: string): void {
    this.size -= 1;
    const left = (this.byCaller.get(caller) ?? 0) - 1;
    if (left > 0) this.byCaller.set(caller, left);
    else this.byCaller.delete(caller);
  }
}
