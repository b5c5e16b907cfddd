import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { credentials, type ServiceError, status as GrpcStatus } from '@grpc/grpc-js';
import { reasonFromTrailer } from '@app/errors';
import {
  type Certificate,
  CertificateAuthority,
  type CertificateOptions,
} from '../harness/certificates';
import { connectInventory, type InventoryRpc } from '../harness/inventory-client';
import type { Env } from '../harness/services';

export const SERVER = 'inventory.test';
export const ORDERS = 'orders.test';
export const CLI = 'spiffe://quickbite/cli';

/** The code, the reason and the details of a failed call; `OK` for one that succeeds. */
export interface Outcome {
  readonly code: string;
  readonly reason?: string | undefined;
  readonly details?: string;
}

/** Certificates in files of a folder of their own, and clients that use them. */
export class TlsFixture {
  readonly authority = new CertificateAuthority();
  readonly otherAuthority = new CertificateAuthority();
  private readonly clients: InventoryRpc[] = [];

  private constructor(readonly folder: string) {}

  static async create(): Promise<TlsFixture> {
    const fixture = new TlsFixture(await mkdtemp(join(tmpdir(), 'quickbite-tls-')));
    await fixture.write('ca.pem', fixture.authority.certificate);
    await fixture.write('other-ca.pem', fixture.otherAuthority.certificate);
    await fixture.writeCertificate('server', { names: [SERVER] });
    await fixture.writeCertificate('orders', { names: [ORDERS], usages: ['client'] });
    await fixture.writeCertificate('cli', { names: [CLI], usages: ['client'] });
    return fixture;
  }

  async remove(): Promise<void> {
    for (const client of this.clients) client.close();
    await rm(this.folder, { recursive: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Replaces a file as a whole, as programs that renew certificates do. */
  async write(name: string, text: string): Promise<void> {
    await writeFile(this.path(`${name}.new`), text);
    await rename(this.path(`${name}.new`), this.path(name));
  }

  /** Issues a certificate and writes it to NAME.pem and NAME.key. */
  async writeCertificate(
    name: string,
    options: CertificateOptions,
    authority = this.authority,
  ): Promise<Certificate> {
    const issued = authority.issue(options);
    await this.write(`${name}.pem`, issued.certificate);
    await this.write(`${name}.key`, issued.key);
    return issued;
  }

  /** The settings of an Inventory that knows Orders and the cli. */
  get inventoryEnv(): Env {
    return {
      INVENTORY_TLS_CERT_FILE: this.path('server.pem'),
      INVENTORY_TLS_KEY_FILE: this.path('server.key'),
      INVENTORY_TLS_CLIENT_CA_FILE: this.path('ca.pem'),
      INVENTORY_ALLOWED_CLIENTS: `${ORDERS},${CLI}`,
      INVENTORY_ADJUSTMENT_CLIENTS: CLI,
    };
  }

  get ordersEnv(): Env {
    return this.clientEnv('ORDERS', 'orders');
  }

  /** The settings of a client with the certificate NAME. */
  clientEnv(prefix: 'ORDERS' | 'CLI', name: string): Env {
    return {
      [`${prefix}_INVENTORY_TLS_CA_FILE`]: this.path('ca.pem'),
      [`${prefix}_INVENTORY_TLS_CERT_FILE`]: this.path(`${name}.pem`),
      [`${prefix}_INVENTORY_TLS_KEY_FILE`]: this.path(`${name}.key`),
      [`${prefix}_INVENTORY_TLS_SERVER_NAME`]: SERVER,
    };
  }

  /** Connects a client with a certificate, or without one. */
  connect(
    address: string,
    identity?: Certificate,
    { ca = this.authority.certificate, serverName = SERVER } = {},
  ): InventoryRpc {
    const client = connectInventory(
      address,
      { 'grpc.ssl_target_name_override': serverName, 'grpc.use_local_subchannel_pool': 1 },
      false,
      credentials.createSsl(
        Buffer.from(ca),
        identity ? Buffer.from(identity.key) : null,
        identity ? Buffer.from(identity.certificate) : null,
      ),
    );
    this.clients.push(client);
    return client;
  }

  /** Returns the certificate NAME and its key. */
  async read(name: string): Promise<Certificate> {
    const [certificate, key] = await Promise.all(
      ['pem', 'key'].map((end) => readFile(this.path(`${name}.${end}`), 'utf8')),
    );
    return { certificate: certificate ?? '', key: key ?? '' };
  }
}

/** Returns how a call ends. */
export const outcomeOf = (call: Promise<unknown>): Promise<Outcome> =>
  call.then(
    () => ({ code: 'OK' }),
    (thrown: unknown) => {
      const { code, details, metadata } = thrown as ServiceError;
      return { code: GrpcStatus[code], reason: reasonFromTrailer(metadata), details };
    },
  );

/** Returns the certificate that a server shows in a new connection. */
export const presentedCertificate = (address: string): Promise<PeerCertificate> =>
  new Promise((resolve, reject) => {
    const [host = '', port] = address.split(':');
    const options = { host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['h2'] };
    const socket = connect(options, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.on('error', reject);
  });
