import type { ServerHttp2Session } from 'node:http2';
import { ServiceError } from '@app/errors';
import { normalizedName } from '@app/tls';
import { clientNamesOf } from './client-names';
import { type Rejection, rejectionOf } from './rejection';

/** The calls by which an operator changes stock, or when it counts as low. */
const ADJUSTMENTS: ReadonlySet<string> = new Set([
  '/inventory.v1.InventoryService/AdjustStock',
  '/inventory.v1.InventoryService/SetStockThreshold',
]);

const HEALTH = '/grpc.health.v1.Health/';

/** Which clients may call, by the names in their certificates. An empty list does not limit. */
export interface AllowedClients {
  readonly calls: readonly string[];
  readonly adjustments: readonly string[];
}

/**
 * Decides by its certificate whether a client may make a call. Health checks need a certificate, if the
 * server requires one, but no certain name.
 */
export class ClientAccess {
  private readonly calls: ReadonlySet<string>;
  private readonly adjustments: ReadonlySet<string>;
  private readonly notAllowed = forbidden(
    'The certificate of this client has no name that may call Inventory.',
    'INVENTORY_ALLOWED_CLIENTS',
  );
  private readonly noAdjustments = forbidden(
    'The certificate of this client has no name that may adjust stock.',
    'INVENTORY_ADJUSTMENT_CLIENTS',
  );

  constructor({ calls, adjustments }: AllowedClients) {
    this.calls = new Set(calls.map(normalizedName));
    this.adjustments = new Set(adjustments.map(normalizedName));
  }

  /** Returns why the client of a connection may not make a call; undefined if it may. */
  rejectionOf(session: ServerHttp2Session, path: string): Rejection | undefined {
    if (this.calls.size === 0 && this.adjustments.size === 0) return undefined;
    const names = clientNamesOf(session);
    if (isRefused(this.calls, names) && !path.startsWith(HEALTH)) return this.notAllowed;
    return ADJUSTMENTS.has(path) && isRefused(this.adjustments, names)
      ? this.noAdjustments
      : undefined;
  }
}

const isRefused = (allowed: ReadonlySet<string>, names: readonly string[]): boolean =>
  allowed.size > 0 && !names.some((name) => allowed.has(name));

const forbidden = (message: string, setting: string): Rejection =>
  rejectionOf(new ServiceError('CLIENT_NOT_ALLOWED', message, { metadata: { setting } }));
