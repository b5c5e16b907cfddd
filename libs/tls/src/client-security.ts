import { isIP } from 'node:net';
import {
  type ChannelCredentials,
  type ChannelOptions,
  credentials,
  experimental,
} from '@grpc/grpc-js';
import { z } from 'zod';
import { ConfigError } from '@app/config';
import { TlsCertificates } from './tls-certificates';
import type { PemFile, TlsFiles } from './tls-files';

/** How a client secures its channels to Inventory. */
export interface ClientSecurity {
  readonly credentials: ChannelCredentials;
  readonly channelOptions: ChannelOptions;
}

/** Neither encrypted nor authenticated: for an Inventory on the same machine. */
export const PLAINTEXT: ClientSecurity = {
  credentials: credentials.createInsecure(),
  channelOptions: {},
};

const settings = {
  CA_FILE: z
    .string()
    .optional()
    .describe(
      `PEM file with the certificates of the authorities that sign Inventory's. It is read again when it
changes, as the files below are. Default: without TLS.`,
    ),
  CERT_FILE: z
    .string()
    .optional()
    .describe(
      `PEM file with the own certificate, for an Inventory that requires one, and with those between it and
its authority.`,
    ),
  KEY_FILE: z.string().optional().describe('PEM file with the key of that certificate.'),
  SERVER_NAME: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,253}$/, 'must be a DNS name, such as inventory.internal')
    .refine((name) => isIP(name) === 0, 'must be a DNS name, not an IP address')
    .optional()
    .describe(
      `DNS name that Inventory's certificate must have. Default: the host of the address, which must be a
name then.`,
    ),
};

type Settings = typeof settings;

/** The clients of Inventory. */
export type ClientPrefix = 'ORDERS' | 'CLI';

type Prefixed<Prefix extends ClientPrefix> = {
  [Name in keyof Settings as `${Prefix}_INVENTORY_TLS_${Name}`]: Settings[Name];
};

/** The settings of a client for TLS to Inventory, named `ORDERS_INVENTORY_TLS_CA_FILE` and so on. */
export const clientTlsSettings = <Prefix extends ClientPrefix>(prefix: Prefix): Prefixed<Prefix> =>
  Object.fromEntries(
    Object.entries(settings).map(([name, setting]) => [`${prefix}_INVENTORY_TLS_${name}`, setting]),
  ) as Prefixed<Prefix>;

/**
 * Returns how a client secures its channels to the addresses of Inventory, by its settings. Throws
 * ConfigError if files are missing or cannot be used.
 */
export const clientSecurityOf = (
  prefix: ClientPrefix,
  config: Readonly<Record<string, unknown>>,
  addresses: string,
): ClientSecurity => {
  const nameOf = (setting: keyof Settings) => `${prefix}_INVENTORY_TLS_${setting}`;
  const valueOf = (setting: keyof Settings) => config[nameOf(setting)] as string | undefined;
  const fileOf = (setting: keyof Settings): PemFile | undefined => {
    const path = valueOf(setting);
    return path === undefined ? undefined : { setting: nameOf(setting), path };
  };
  const [ca, certificate, key] = [fileOf('CA_FILE'), fileOf('CERT_FILE'), fileOf('KEY_FILE')];
  const serverName = valueOf('SERVER_NAME');
  const faults: string[] = [];
  if (!certificate !== !key)
    faults.push(`${nameOf('CERT_FILE')} and ${nameOf('KEY_FILE')} must be set together.`);
  if (!ca && (certificate ?? key ?? serverName) !== undefined)
    faults.push(`${nameOf('CA_FILE')} must be set, because other settings of TLS are.`);
  if (ca && serverName === undefined && hasIpAddress(addresses))
    faults.push(
      `${nameOf('SERVER_NAME')} must be set, because ${addresses} has no name. Set it to a DNS name in ` +
        "Inventory's certificate.",
    );
  if (faults.length > 0) throw new ConfigError(faults);
  if (!ca) return PLAINTEXT;
  return tlsOf({ ca, ...(certificate && key && { identity: { certificate, key } }) }, serverName);
};

const tlsOf = (files: TlsFiles, serverName: string | undefined): ClientSecurity => {
  const certificates = new TlsCertificates(files, 'client');
  return {
    credentials: experimental.createCertificateProviderChannelCredentials(
      certificates,
      certificates.hasIdentity ? certificates : null,
    ),
    channelOptions: serverName === undefined ? {} : { 'grpc.ssl_target_name_override': serverName },
  };
};

const hasIpAddress = (addresses: string): boolean =>
  addresses
    .split(',')
    .some((address) => isIP(address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')) !== 0);
