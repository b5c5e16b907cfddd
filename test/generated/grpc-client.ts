import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2';
import { type Certificate } from '../harness/certificates';
import type { GrpcRequest } from './grpc-inputs';

export interface GrpcAnswer {
  /** Undefined: the connection or the stream ended without a status. */
  readonly code: number | undefined;
  readonly httpStatus: number | undefined;
  readonly message: string;
  readonly details: Buffer | undefined;
  readonly messages: readonly Buffer[];
  /** Why there is no status. */
  readonly ending: string;
}

/** What a client needs for a TLS connection. */
export interface GrpcIdentity {
  readonly ca: string;
  readonly serverName: string;
  readonly certificate: Certificate | undefined;
}

const REFUSED = `reset ${constants.NGHTTP2_REFUSED_STREAM}`;
const ANSWER_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 20_000;

/** A gRPC client that sends bytes as they are, over mutual TLS. */
export class GrpcClient {
  private session: Promise<ClientHttp2Session> | undefined;

  constructor(
    private readonly address: string,
    private readonly identity: GrpcIdentity,
  ) {}

  async call(request: GrpcRequest): Promise<GrpcAnswer> {
    try {
      const answer = await this.attempt(request);
      // The server has not begun the call, as when a connection has reached its age: clients of gRPC repeat it.
      return answer.ending === REFUSED ? await this.attempt(request) : answer;
    } catch (error) {
      return noAnswer(String((error as { code?: unknown }).code ?? error));
    }
  }

  private async attempt(request: GrpcRequest): Promise<GrpcAnswer> {
    const session = await this.connected();
    return answerOf(streamOf(session, request), request.body);
  }

  close(): void {
    this.session?.then((session) => session.destroy()).catch(() => undefined);
  }

  private connected(): Promise<ClientHttp2Session> {
    return (this.session ??= this.connect());
  }

  private async connect(): Promise<ClientHttp2Session> {
    const { ca, serverName, certificate } = this.identity;
    const session = connect(`https://${this.address}`, {
      ca,
      servername: serverName,
      ...(certificate && { cert: certificate.certificate, key: certificate.key }),
    });
    session.on('error', () => undefined);
    const forget = (): void => {
      this.session = undefined;
    };
    for (const event of ['close', 'goaway', 'error'] as const) session.once(event, forget);
    try {
      await once(session, 'connect', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
      return session;
    } catch (error) {
      forget();
      session.destroy();
      throw error;
    }
  }
}

const streamOf = (session: ClientHttp2Session, { path, headers }: GrpcRequest) =>
  session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });

const answerOf = (stream: ClientHttp2Stream, body: Buffer): Promise<GrpcAnswer> =>
  new Promise((resolve) => {
    let found: IncomingHttpHeaders = {};
    let httpStatus: number | undefined;
    const chunks: Buffer[] = [];
    const remember = (headers: IncomingHttpHeaders): void => {
      httpStatus ??= Number(headers[':status'] ?? 0) || undefined;
      if (headers['grpc-status'] !== undefined) found = headers;
    };
    stream.on('response', remember);
    stream.on('trailers', remember);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    let ending: string | undefined;
    // The server judges the certificate of a client after the handshake, so its rejection arrives here.
    stream.on('error', (error: NodeJS.ErrnoException) => (ending = error.code));
    stream.setTimeout(ANSWER_TIMEOUT_MS, () => stream.close(constants.NGHTTP2_CANCEL));
    stream.once('close', () => {
      const status = found['grpc-status'];
      const details = found['grpc-status-details-bin'];
      resolve({
        code: status === undefined ? undefined : Number(status),
        httpStatus,
        message: String(found['grpc-message'] ?? ''),
        details: details === undefined ? undefined : Buffer.from(String(details), 'base64'),
        messages: messagesIn(Buffer.concat(chunks)),
        ending: stream.rstCode ? `reset ${stream.rstCode}` : (ending ?? 'closed'),
      });
    });
    stream.end(body);
  });

/** Returns the messages of a body. Uncompressed, as the client does not accept another encoding. */
const messagesIn = (body: Buffer): Buffer[] => {
  const messages: Buffer[] = [];
  for (let at = 0; at + 5 <= body.length;) {
    const length = body.readUInt32BE(at + 1);
    messages.push(body.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return messages;
};

const noAnswer = (ending: string): GrpcAnswer => ({
  code: undefined,
  httpStatus: undefined,
  message: '',
  details: undefined,
  messages: [],
  ending,
});
