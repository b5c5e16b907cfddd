import { experimental, ServerCredentials } from '@grpc/grpc-js';
import { ConfigError, isLoopback } from '@app/config';
import { type PemFile, TlsCertificates } from '@app/tls';
import type { InventoryConfig } from '../inventory.config';
import { ClientAccess } from './client-access';

/** How the gRPC server is protected, and which clients may call it. */
export interface ServerSecurity {
  readonly credentials: ServerCredentials;
  readonly access: ClientAccess;
  /** In words, for the log line at start. */
  readonly description: string;
}

const OPEN_TO_OTHERS =
  'other machines can reach it there, and without TLS every one of them can read and change stock';

/**
 * Returns the protection that the settings name. Throws ConfigError if they contradict each other, if a file
 * cannot be used, or if Inventory would listen beyond loopback without TLS and no setting allows that.
 */
export const serverSecurityOf = (config: InventoryConfig): ServerSecurity => {
  const faults = faultsOf(config);
  if (faults.length > 0) throw new ConfigError(faults);
  const access = new ClientAccess({
    calls: config.INVENTORY_ALLOWED_CLIENTS,
    adjustments: config.INVENTORY_ADJUSTMENT_CLIENTS,
  });
  const {
    INVENTORY_TLS_CERT_FILE: certFile,
    INVENTORY_TLS_KEY_FILE: keyFile,
    INVENTORY_TLS_CLIENT_CA_FILE: caFile,
  } = config;
  if (certFile === undefined || keyFile === undefined)
    return { credentials: ServerCredentials.createInsecure(), access, description: 'plain text' };
  const ca = caFile && pemFile('INVENTORY_TLS_CLIENT_CA_FILE', caFile);
  const certificates = new TlsCertificates(
    {
      identity: {
        certificate: pemFile('INVENTORY_TLS_CERT_FILE', certFile),
        key: pemFile('INVENTORY_TLS_KEY_FILE', keyFile),
      },
      ...(ca && { ca }),
    },
    'server',
  );
  // The types call the parameters by each other's names; the first one is the own certificate.
  const credentials = experimental.createCertificateProviderServerCredentials(
    certificates,
    certificates.hasCa ? certificates : null,
    certificates.hasCa,
  );
  const description = certificates.hasCa ? 'mutual TLS' : 'TLS, without client certificates';
  return { credentials, access, description };
};

const pemFile = (setting: keyof InventoryConfig, path: string): PemFile => ({ setting, path });

const faultsOf = (config: InventoryConfig): string[] => {
  const {
    INVENTORY_TLS_CERT_FILE: certFile,
    INVENTORY_TLS_KEY_FILE: keyFile,
    INVENTORY_TLS_CLIENT_CA_FILE: caFile,
  } = config;
  const faults: string[] = [];
  if (!certFile !== !keyFile)
    faults.push('INVENTORY_TLS_CERT_FILE and INVENTORY_TLS_KEY_FILE must be set together.');
  if (caFile && !certFile)
    faults.push(
      'INVENTORY_TLS_CERT_FILE and INVENTORY_TLS_KEY_FILE must be set, because INVENTORY_TLS_CLIENT_CA_FILE is.',
    );
  for (const setting of ['INVENTORY_ALLOWED_CLIENTS', 'INVENTORY_ADJUSTMENT_CLIENTS'] as const) {
    if (config[setting].length > 0 && !caFile)
      faults.push(`INVENTORY_TLS_CLIENT_CA_FILE must be set, because ${setting} is.`);
  }
  const { INVENTORY_ALLOWED_CLIENTS: allowed, INVENTORY_ADJUSTMENT_CLIENTS: adjusting } = config;
  const missing = adjusting.filter((name) => allowed.length > 0 && !allowed.includes(name));
  if (missing.length > 0)
    faults.push(
      `INVENTORY_ALLOWED_CLIENTS must have ${missing.join(',')}, because INVENTORY_ADJUSTMENT_CLIENTS has.`,
    );
  const {
    INVENTORY_GRPC_HOST: host,
    INVENTORY_ALLOW_PLAINTEXT: isAllowed,
    INVENTORY_ALLOW_ANY_CLIENT: isAnyClientAllowed,
  } = config;
  if (!certFile && !keyFile && !isAllowed && !isLoopback(host))
    faults.push(
      `INVENTORY_GRPC_HOST must be 127.0.0.1 without TLS, but it is "${host}": ${OPEN_TO_OTHERS}. Set ` +
        'INVENTORY_TLS_CERT_FILE, INVENTORY_TLS_KEY_FILE and INVENTORY_TLS_CLIENT_CA_FILE, or, in a network ' +
        'that only Orders shares, INVENTORY_ALLOW_PLAINTEXT=true.',
    );
  if (certFile && !caFile && !isAnyClientAllowed && !isLoopback(host))
    faults.push(
      `INVENTORY_TLS_CLIENT_CA_FILE must be set, because INVENTORY_GRPC_HOST is "${host}": without certificates of ` +
        'the clients, every machine that reaches it can read and change stock. Or set INVENTORY_ALLOW_ANY_CLIENT=true, ' +
        'if the network keeps others out.',
    );
  return faults;
};
