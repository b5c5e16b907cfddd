export * from './certificate-names';
export * from './client-security';
export * from './tls-certificates';
export type { PemFile, TlsFiles } from './tls-files';
