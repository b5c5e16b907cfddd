import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';

/** A PEM file, and the setting that names it. */
export interface PemFile {
  readonly setting: string;
  readonly path: string;
}

/** The files of one end of a TLS connection. */
export interface TlsFiles {
  /** Certificates of the authorities that sign those of the other end. */
  readonly ca?: PemFile;
  /** The certificate of this end, followed by those between it and its authority, and its key. */
  readonly identity?: { readonly certificate: PemFile; readonly key: PemFile };
}

/** Which end of a connection a certificate is for. */
export type TlsEnd = 'server' | 'client';

/** What the files have. */
export interface TlsContents {
  readonly ca?: Buffer;
  readonly certificate?: Buffer;
  readonly key?: Buffer;
}

/** A file that cannot be used. The message names the setting, the fault and the remedy. */
export class TlsFileError extends Error {}

/** In an error, in place of the file of an end that has none. */
const NO_FILE: PemFile = { setting: 'TLS', path: 'its settings' };

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

const EXTENDED_KEY_USAGE: Readonly<
  Record<TlsEnd, { readonly oid: string; readonly name: string }>
> = {
  server: { oid: '1.3.6.1.5.5.7.3.1', name: 'serverAuth' },
  client: { oid: '1.3.6.1.5.5.7.3.2', name: 'clientAuth' },
};

/** Reads the files. Throws TlsFileError. */
export const readTlsFilesSync = ({ ca, identity }: TlsFiles): TlsContents => ({
  ...(ca && { ca: readPem(ca) }),
  ...(identity && { certificate: readPem(identity.certificate), key: readPem(identity.key) }),
});

/** Reads the files. Throws TlsFileError. */
export const readTlsFiles = async ({ ca, identity }: TlsFiles): Promise<TlsContents> => {
  const read = (file: PemFile): Promise<Buffer> =>
    readFile(file.path).catch((error: unknown) => {
      throw unreadable(file, error);
    });
  const [caBytes, certificate, key] = await Promise.all([
    ca && read(ca),
    identity && read(identity.certificate),
    identity && read(identity.key),
  ]);
  return {
    ...(caBytes && { ca: caBytes }),
    ...(certificate && { certificate }),
    ...(key && { key }),
  };
};

/**
 * Checks that the files can be used together, now and for this end. Returns the certificate of this end, if
 * it has one. Throws TlsFileError.
 */
export const checkTlsContents = (
  { ca, identity }: TlsFiles,
  contents: TlsContents,
  end: TlsEnd,
): X509Certificate | undefined => {
  if (ca) certificatesIn(ca, contents.ca);
  const leaf = identity && checkIdentity(identity, contents, end);
  try {
    createSecureContext({ ca: contents.ca, cert: contents.certificate, key: contents.key });
  } catch (error) {
    const { setting, path } = identity?.certificate ?? ca ?? NO_FILE;
    throw new TlsFileError(
      `${setting} must have a certificate for TLS, but OpenSSL rejects ${path}: ${(error as Error).message}. ` +
        'Issue another one.',
    );
  }
  return leaf;
};

/** Whether two readings are the same. */
export const isSameContents = (a: TlsContents, b: TlsContents): boolean =>
  (['ca', 'certificate', 'key'] as const).every((part) => {
    const [one, other] = [a[part], b[part]];
    return one === other || (one !== undefined && other !== undefined && one.equals(other));
  });

const checkIdentity = (
  { certificate, key }: NonNullable<TlsFiles['identity']>,
  contents: TlsContents,
  end: TlsEnd,
): X509Certificate => {
  const [leaf] = certificatesIn(certificate, contents.certificate);
  if (!leaf.checkPrivateKey(privateKeyIn(key, contents.key))) {
    throw new TlsFileError(
      `${key.setting} must have the key of the first certificate in ${certificate.setting}, but ${key.path} ` +
        'has another key. Replace both files together.',
    );
  }
  const fault = validityFault(leaf) ?? usageFault(leaf, end);
  if (fault === undefined) return leaf;
  throw new TlsFileError(
    `${certificate.setting} must have a certificate that this ${end} can use now, but the one in ` +
      `${certificate.path} ${fault}`,
  );
};

const validityFault = ({ validFrom, validTo }: X509Certificate): string | undefined => {
  const now = Date.now();
  const [from, to] = [new Date(validFrom), new Date(validTo)];
  if (now >= to.getTime()) return `expired on ${to.toISOString()}. Replace it.`;
  if (now >= from.getTime()) return undefined;
  return `is not valid before ${from.toISOString()}. Check the clock of this machine, or wait.`;
};

const usageFault = (leaf: X509Certificate, end: TlsEnd): string | undefined => {
  const usages = leaf.keyUsage as readonly string[] | undefined;
  const { oid, name } = EXTENDED_KEY_USAGE[end];
  if (usages && !usages.includes(oid))
    return `is not for a ${end}. Issue one with the extended key usage ${name}.`;
  const isNamed = end === 'client' || leaf.subjectAltName !== undefined;
  return isNamed
    ? undefined
    : 'has no subject alternative name, by which clients know it. Issue one with a DNS name.';
};

const certificatesIn = (
  { setting, path }: PemFile,
  bytes: Buffer | undefined,
): [X509Certificate, ...X509Certificate[]] => {
  const must = `${setting} must have certificates in PEM (-----BEGIN CERTIFICATE-----), but`;
  const texts = bytes?.toString('latin1').match(CERTIFICATE) ?? [];
  const certificates = texts.map((text, index) => {
    try {
      return new X509Certificate(text);
    } catch {
      const remedy = 'Export it again as PEM.';
      throw new TlsFileError(`${must} number ${index + 1} in ${path} is malformed. ${remedy}`);
    }
  });
  const [first, ...others] = certificates;
  if (first) return [first, ...others];
  throw new TlsFileError(`${must} ${path} has none. Write them to it.`);
};

const privateKeyIn = ({ setting, path }: PemFile, bytes: Buffer | undefined): KeyObject => {
  try {
    return createPrivateKey(bytes ?? '');
  } catch {
    throw new TlsFileError(
      `${setting} must have a private key in PEM without a passphrase, but ${path} has none. ` +
        'Export the key without one, readable by the service only.',
    );
  }
};

const readPem = (file: PemFile): Buffer => {
  try {
    return readFileSync(file.path);
  } catch (error) {
    throw unreadable(file, error);
  }
};

const unreadable = ({ setting, path }: PemFile, error: unknown): TlsFileError =>
  new TlsFileError(
    `${setting} must name a file that the service can read, but ${path} cannot be read ` +
      `(${(error as NodeJS.ErrnoException).code}). Correct the path, or the permissions of the file.`,
  );
