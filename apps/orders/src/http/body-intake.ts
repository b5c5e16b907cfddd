import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import { payloadTooLarge } from '@app/errors';
import { answerUnread } from './answer-unread';

/** An order of 100 items with SKUs of 64 characters and a note takes some 13 kB. */
export const MAX_BODY_BYTES = 102_400;

/** What the buffered bodies of all incomplete requests may take together. */
const MAX_BUFFERED_BYTES = 16_777_216;
/** What a chunk takes beside its bytes. */
const CHUNK_OVERHEAD_BYTES = 64;

/** Whether the headers declare a body beyond the limit. */
export const declaresTooLargeBody = ({ headers }: IncomingMessage): boolean =>
  Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES;

export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** Whether the client asks before it sends the body. Node answers other expectations with 417. */
const asksFirst = ({ headers, httpVersion }: IncomingMessage): boolean =>
  headers.expect !== undefined && httpVersion === '1.1';

/**
 * Bounds the memory of bodies that are being received. A body beyond its limit is answered with 413 as
 * soon as it passes the limit. If all bodies together take too much, those that have been arriving for
 * longest lose their connections: most orders arrive in one piece, and slow clients must not keep them
 * out.
 */
export class BodyIntake {
  /** The buffered bytes of each request that arrives in parts, oldest first. */
  private readonly buffered = new Map<IncomingMessage, number>();
  private totalBytes = 0;

  readonly receive = (request: Request, response: Response, next: NextFunction): void => {
    if (hasBody(request)) {
      // Not earlier: a client that is rejected need not send a body.
      if (asksFirst(request)) response.writeContinue();
      this.watch(request, response);
    }
    next();
  };

  private watch(request: Request, response: Response): void {
    const declaredBytes = Number(request.headers['content-length']);
    let receivedBytes = 0;
    const onData = ({ length }: Buffer): void => {
      if (receivedBytes === 0) {
        // Most bodies arrive in one piece. They need no bookkeeping.
        if (length === declaredBytes) return;
        this.buffered.set(request, 0);
        request.once('close', () => this.release(request));
      }
      receivedBytes += length;
      this.add(request, length + CHUNK_OVERHEAD_BYTES);
      if (receivedBytes <= MAX_BODY_BYTES) return;
      request.off('data', onData);
      answerUnread(request, response, payloadTooLarge());
    };
    request.on('data', onData);
  }

  private add(request: IncomingMessage, bytes: number): void {
    const before = this.buffered.get(request);
    if (before === undefined) return;
    this.buffered.set(request, before + bytes);
    this.totalBytes += bytes;
    for (const slowest of this.buffered.keys()) {
      if (this.totalBytes <= MAX_BUFFERED_BYTES) return;
      this.release(slowest);
      slowest.socket.destroy();
    }
  }

  private release(request: IncomingMessage): void {
    this.totalBytes -= this.buffered.get(request) ?? 0;
    this.buffered.delete(request);
  }
}
