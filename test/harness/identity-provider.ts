import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Env } from './services';

export const ISSUER = 'https://login.example/';
export const AUDIENCE = 'quickbite-orders';

/** A key of an identity provider. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256' | 'EdDSA';
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const PAIRS = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2_048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
} as const;

export const newSigningKey = (kid: string, alg: SigningKey['alg'] = 'ES256'): SigningKey => ({
  kid,
  alg,
  ...PAIRS[alg](),
});

/** Returns the public key as a key server publishes it. */
export const toJwk = ({ kid, alg, publicKey }: SigningKey): object => ({
  ...publicKey.export({ format: 'jwk' }),
  ...{ kid, alg, use: 'sig' },
});

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** Signs the parts of a token as they are, with `node:crypto`: a second opinion on the library of Orders. */
export const signedToken = (
  header: object,
  claims: object,
  { alg, privateKey }: Pick<SigningKey, 'alg' | 'privateKey'>,
): string => {
  const text = `${encode(header)}.${encode(claims)}`;
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  const signature = sign(alg === 'EdDSA' ? null : 'sha256', Buffer.from(text), key);
  return `${text}.${signature.toString('base64url')}`;
};

/** Returns a token with these parts and this signature. */
export const forgedToken = (header: object, claims: object, signature = ''): string =>
  `${encode(header)}.${encode(claims)}.${signature}`;

/** Returns the claims of a valid token. */
export const validClaims = (sub: string, scope: string): Record<string, unknown> => {
  const now = Math.floor(Date.now() / 1_000);
  return { iss: ISSUER, aud: AUDIENCE, sub, scope, iat: now, exp: now + 600 };
};

/** An identity provider: it publishes its keys on a port of this machine, and issues tokens. */
export class IdentityProvider {
  /** Requests for the keys. */
  fetches = 0;
  /** How the key server responds instead of publishing the keys. */
  fault: { readonly status: number; readonly headers?: Record<string, string> } | undefined;
  private server: Server | undefined;
  private port = 0;

  private constructor(public keys: readonly SigningKey[]) {}

  /** Starts one with a key of each kind: `rs`, `es` and `ed`. */
  static async start(): Promise<IdentityProvider> {
    const keys = [
      newSigningKey('es', 'ES256'),
      newSigningKey('rs', 'RS256'),
      newSigningKey('ed', 'EdDSA'),
    ];
    const provider = new IdentityProvider(keys);
    await provider.listen();
    return provider;
  }

  get jwksUrl(): string {
    return `http://127.0.0.1:${this.port}/jwks.json`;
  }

  /** The settings of an Orders that accepts its tokens. */
  get settings(): Env {
    return {
      ORDERS_AUTHENTICATION: 'required',
      ORDERS_JWT_ISSUER: ISSUER,
      ORDERS_JWT_AUDIENCE: AUDIENCE,
      ORDERS_JWT_JWKS_URL: this.jwksUrl,
    };
  }

  /** Returns a token. `claims` and `header` replace those of a valid one. */
  token(
    sub: string,
    scope: string,
    { claims = {}, header = {}, kid = 'es' }: TokenOptions = {},
  ): string {
    const key = this.keys.find((each) => each.kid === kid) ?? newSigningKey(kid);
    return signedToken(
      { alg: key.alg, kid, typ: 'JWT', ...header },
      { ...validClaims(sub, scope), ...claims },
      key,
    );
  }

  /** Serves the keys, at the same port as before. */
  async listen(): Promise<void> {
    this.server = createServer((_request, response) => {
      this.fetches += 1;
      const { status = 200, headers = {} } = this.fault ?? {};
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
      response.end(JSON.stringify({ keys: this.keys.map(toJwk) }));
    }).listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Ends the key server. Tokens can still be issued. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server?.listening) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}

interface TokenOptions {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** The key that signs: one of the provider's, or one that it has not published. */
  readonly kid?: string;
}
