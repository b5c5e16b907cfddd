import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';

/** What a call occupies besides its place among all calls. */
export type CallKind = 'call' | 'read' | 'page' | 'watch' | 'healthWatch' | 'reflection';

/** Returns a count of calls by kind. */
export const noCalls = (): Record<CallKind, number> => ({
  call: 0,
  read: 0,
  page: 0,
  watch: 0,
  healthWatch: 0,
  reflection: 0,
});

/** A call that is open at this instance. */
export class OpenCall {
  unreadBytes = 0;
  /** Since when `unreadBytes` is the same. */
  unreadSinceMs = 0;
  /** Its place among the calls of its connection; -1 if it is none of them. */
  place = -1;

  constructor(
    readonly stream: ServerHttp2Stream,
    readonly kind: CallKind,
    /** Bytes of its metadata and of its request. */
    public requestBytes: number,
    readonly startedMs: number,
  ) {}
}

/** The connections of one client address. */
export interface Peer {
  readonly address: string;
  readonly connections: Set<Connection>;
  calls: number;
}

/** One HTTP/2 connection of a client, and what it occupies. */
export class Connection {
  /** In no order. Unlike a `Set`, it needs no new table as calls come and go. */
  readonly calls: OpenCall[] = [];
  readonly callsOfKind = noCalls();
  requestBytes = 0;
  unreadBytes = 0;
  /** Since the last check. */
  controlFrames = 0;
  /** Since the last check. */
  rejections = 0;
  /** Time at which a call was open, or of the connection if there was none. */
  lastUseMs: number;
  private hasHadCalls = false;

  constructor(
    readonly session: ServerHttp2Session,
    readonly peer: Peer,
    nowMs: number,
  ) {
    this.lastUseMs = nowMs;
  }

  open(call: OpenCall): void {
    call.place = this.calls.push(call) - 1;
    this.callsOfKind[call.kind] += 1;
    this.requestBytes += call.requestBytes;
    this.peer.calls += 1;
    this.lastUseMs = call.startedMs;
    this.hasHadCalls = true;
  }

  close(call: OpenCall): void {
    if (!this.remove(call)) return;
    this.callsOfKind[call.kind] -= 1;
    this.requestBytes -= call.requestBytes;
    this.peer.calls -= 1;
  }

  /** Returns what its client would lose with it: 0 if it has never made a call, 2 if one is open. */
  get worth(): 0 | 1 | 2 {
    if (this.calls.length > 0) return 2;
    return this.hasHadCalls ? 1 : 0;
  }

  /** Closes the connection at once. The client may connect again. */
  end(): void {
    this.endWith(constants.NGHTTP2_NO_ERROR);
  }

  /** Closes the connection at once, and tells the client that it asks for too much. */
  drop(): void {
    this.endWith(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  /** Lets open calls finish, and takes no new ones. The client may connect again. */
  endGracefully(): void {
    if (!this.session.closed) this.session.close();
  }

  /** Puts the last call in the place of a call. Returns false if it is none of the calls. */
  private remove(call: OpenCall): boolean {
    if (call.place < 0) return false;
    const last = this.calls.pop();
    if (last && last !== call) {
      this.calls[call.place] = last;
      last.place = call.place;
    }
    call.place = -1;
    return true;
  }

  private endWith(code: number): void {
    const { session } = this;
    if (session.destroyed) return;
    session.goaway(code);
    session.destroy();
  }
}
