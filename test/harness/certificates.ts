import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** What a test certificate says. */
export interface CertificateOptions {
  /** Subject alternative names: URIs have a scheme, such as `spiffe://`, all others are DNS names. */
  readonly names?: readonly string[];
  /** When it is valid, relative to now. By default from an hour ago to a day from now. */
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** Extended key usage; by default both. */
  readonly usages?: readonly ('server' | 'client')[];
}

/** A certificate and its key, in PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

const HOUR_MS = 3_600_000;

const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const size = content.length;
  if (size < 128) return Buffer.concat([Buffer.of(tag, size), content]);
  if (size < 256) return Buffer.concat([Buffer.of(tag, 0x81, size), content]);
  return Buffer.concat([Buffer.of(tag, 0x82, size >> 8, size & 255), content]);
};
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const set = (...parts: readonly Buffer[]): Buffer => der(0x31, ...parts);
const integer = (bytes: Buffer): Buffer => der(0x02, bytes);
const bitString = (bytes: Buffer): Buffer => der(0x03, Buffer.of(0), bytes);
const octetString = (bytes: Buffer): Buffer => der(0x04, bytes);
const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text));
const TRUE = der(0x01, Buffer.of(0xff));

/** Only for identifiers whose parts are below 128. */
const oid = (text: string): Buffer => {
  const [first = 0, second = 0, ...others] = text.split('.').map(Number);
  return der(0x06, Buffer.of(first * 40 + second, ...others));
};

const time = (atMs: number): Buffer =>
  der(0x18, Buffer.from(new Date(atMs).toISOString().replace(/[-:T]|\.\d+/g, '')));

const nameOf = (commonName: string): Buffer =>
  sequence(set(sequence(oid('2.5.4.3'), utf8(commonName))));

const extension = (id: string, isCritical: boolean, value: Buffer): Buffer =>
  sequence(oid(id), ...(isCritical ? [TRUE] : []), octetString(value));

const ECDSA_SHA256 = sequence(der(0x06, Buffer.from('2a8648ce3d040302', 'hex')));

const USAGE = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;

const alternativeName = (name: string): Buffer =>
  der(name.includes(':') ? 0x86 : 0x82, Buffer.from(name));

const pem = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`;

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

interface Content extends CertificateOptions {
  readonly subject: string;
  readonly issuer: string;
  readonly extensions: readonly Buffer[];
  readonly publicKey: KeyObject;
}

const signed = (content: Content, issuerKey: KeyObject): string => {
  const { fromMs = -HOUR_MS, untilMs = 24 * HOUR_MS } = content;
  const now = Date.now();
  const body = sequence(
    der(0xa0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ECDSA_SHA256,
    nameOf(content.issuer),
    sequence(time(now + fromMs), time(now + untilMs)),
    nameOf(content.subject),
    content.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...content.extensions)),
  );
  return pem(sequence(body, ECDSA_SHA256, bitString(sign('sha256', body, issuerKey))));
};

/**
 * An authority for certificates of a test, made with node:crypto alone, since the tests also run where the
 * program openssl is missing.
 */
export class CertificateAuthority {
  /** Its own certificate, in PEM. */
  readonly certificate: string;
  private readonly keys = newKeys();

  constructor(private readonly name = `Test authority ${randomBytes(4).toString('hex')}`) {
    const { publicKey, privateKey } = this.keys;
    const isAuthority = extension('2.5.29.19', true, sequence(TRUE));
    const content = { subject: name, issuer: name, publicKey, extensions: [isAuthority] };
    this.certificate = signed(content, privateKey);
  }

  /** Returns a certificate that this authority signs, and its key. */
  issue({
    names = [],
    usages = ['server', 'client'],
    ...options
  }: CertificateOptions = {}): Certificate {
    const { publicKey, privateKey } = newKeys();
    const extensions = [
      extension('2.5.29.37', false, sequence(...usages.map((usage) => oid(USAGE[usage])))),
      ...(names.length > 0
        ? [extension('2.5.29.17', false, sequence(...names.map(alternativeName)))]
        : []),
    ];
    const subject = names[0] ?? 'nameless';
    const content = { ...options, subject, issuer: this.name, publicKey, extensions };
    return {
      certificate: signed(content, this.keys.privateKey),
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  }
}
