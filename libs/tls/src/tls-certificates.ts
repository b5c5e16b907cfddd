import type { X509Certificate } from 'node:crypto';
import type { experimental } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { ConfigError } from '@app/config';
import {
  checkTlsContents,
  isSameContents,
  readTlsFiles,
  readTlsFilesSync,
  type TlsContents,
  type TlsEnd,
  TlsFileError,
  type TlsFiles,
} from './tls-files';

type Provider = experimental.CertificateProvider;
type CaListener = experimental.CaCertificateUpdateListener;
type IdentityListener = experimental.IdentityCertificateUpdateListener;

/** How often the files are read. */
const POLL_INTERVAL_MS = 1_000;
/** Before its end a certificate should have been replaced: at most 14 days, at most a quarter of its time. */
const MAX_WARNING_MS = 14 * 86_400_000;
const WARNING_SHARE = 0.25;

/**
 * The certificates of one end, from files that are read again each second. Files that can be used replace
 * the ones before in new handshakes; open connections keep theirs. Until the files can be used together,
 * such as while they are being replaced one after the other, the ones before stay in use.
 */
export class TlsCertificates implements Provider {
  private readonly logger = new Logger(TlsCertificates.name);
  private readonly caListeners = new Set<CaListener>();
  private readonly identityListeners = new Set<IdentityListener>();
  private contents: TlsContents;
  private leaf: X509Certificate | undefined;
  private isReading = false;
  /** Why the present files cannot be used, and whether that is logged. */
  private fault: { readonly message: string; isLogged: boolean } | undefined;
  private loggedExpiry: 'none' | 'soon' | 'past' = 'none';

  /** Throws ConfigError if the files cannot be used. */
  constructor(
    private readonly files: TlsFiles,
    private readonly end: TlsEnd,
  ) {
    try {
      this.contents = readTlsFilesSync(files);
      this.leaf = checkTlsContents(files, this.contents, end);
    } catch (error) {
      throw error instanceof TlsFileError ? new ConfigError([error.message]) : error;
    }
    setInterval(() => void this.poll(), POLL_INTERVAL_MS).unref();
  }

  get hasCa(): boolean {
    return this.contents.ca !== undefined;
  }

  get hasIdentity(): boolean {
    return this.leaf !== undefined;
  }

  addCaCertificateListener(listener: CaListener): void {
    this.caListeners.add(listener);
    process.nextTick(() => this.tellCa(listener));
  }

  removeCaCertificateListener(listener: CaListener): void {
    this.caListeners.delete(listener);
  }

  addIdentityCertificateListener(listener: IdentityListener): void {
    this.identityListeners.add(listener);
    process.nextTick(() => this.tellIdentity(listener));
  }

  removeIdentityCertificateListener(listener: IdentityListener): void {
    this.identityListeners.delete(listener);
  }

  private async poll(): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    try {
      await this.reload();
    } catch (error) {
      this.reportFault(error instanceof Error ? error.message : String(error));
    } finally {
      this.isReading = false;
    }
    this.warnOfExpiry();
  }

  private async reload(): Promise<void> {
    const contents = await readTlsFiles(this.files);
    if (!isSameContents(contents, this.contents)) {
      this.leaf = checkTlsContents(this.files, contents, this.end);
      this.contents = contents;
      this.loggedExpiry = 'none';
      for (const listener of this.identityListeners) this.tellIdentity(listener);
      for (const listener of this.caListeners) this.tellCa(listener);
      const until = this.leaf ? `, valid until ${isoOf(this.leaf.validTo)}` : '';
      this.logger.log(`New TLS files are in use for new connections${until}`);
    }
    this.fault = undefined;
  }

  /** Only what is still so at the next reading is logged: files may be in the middle of a replacement. */
  private reportFault(message: string): void {
    if (this.fault?.message !== message) {
      this.fault = { message, isLogged: false };
      return;
    }
    if (this.fault.isLogged) return;
    this.fault.isLogged = true;
    this.logger.error(`The TLS files cannot be used; the ones before stay in use. ${message}`);
  }

  private warnOfExpiry(): void {
    if (!this.leaf || !this.files.identity) return;
    const { setting, path } = this.files.identity.certificate;
    const endMs = Date.parse(this.leaf.validTo);
    const lifetimeMs = endMs - Date.parse(this.leaf.validFrom);
    const leftMs = endMs - Date.now();
    if (leftMs <= 0 && this.loggedExpiry !== 'past') {
      this.loggedExpiry = 'past';
      this.logger.error(
        `The certificate in ${path} (${setting}) has expired, and new connections fail. Replace it.`,
      );
    } else if (
      leftMs < Math.min(MAX_WARNING_MS, lifetimeMs * WARNING_SHARE) &&
      this.loggedExpiry === 'none'
    ) {
      this.loggedExpiry = 'soon';
      const until = isoOf(this.leaf.validTo);
      this.logger.warn(`The certificate in ${path} (${setting}) expires on ${until}. Replace it.`);
    }
  }

  private tellCa(listener: CaListener): void {
    const { ca } = this.contents;
    listener(ca ? { caCertificate: ca } : null);
  }

  private tellIdentity(listener: IdentityListener): void {
    const { certificate, key } = this.contents;
    listener(certificate && key ? { certificate, privateKey: key } : null);
  }
}

const isoOf = (date: string): string => new Date(date).toISOString();
