import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { TLSSocket } from 'node:tls';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { certificateNames } from '@app/tls';

const NONE: readonly string[] = [];

/** Held as long as the connection. Reading a certificate costs more than a call. */
const names = new WeakMap<ServerHttp2Session, readonly string[]>();

/** The HTTP/2 stream of a call. grpc-js has no public way to it. */
export interface CallInternals {
  readonly call: { readonly stream: ServerHttp2Stream };
}

/**
 * Returns the names in the certificate of the client of a connection. None without a certificate that was
 * verified.
 */
export const clientNamesOf = (session: ServerHttp2Session): readonly string[] => {
  const known = names.get(session);
  if (known) return known;
  const found = readNames(session);
  names.set(session, found);
  return found;
};

/** Returns the first name in the certificate of the client of a call; undefined without one. */
export const clientNameOf = ({ call }: CallInternals): string | undefined => {
  const session = call.stream.session as ServerHttp2Session | undefined;
  return session && clientNamesOf(session)[0];
};

/** Injects the first name in the certificate of the client of a call; undefined without one. */
export const ClientName = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  clientNameOf(context.getArgByIndex<CallInternals>(2)),
);

const readNames = ({ socket }: ServerHttp2Session): readonly string[] => {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return NONE;
  return certificateNames(socket.getPeerX509Certificate()?.subjectAltName);
};
