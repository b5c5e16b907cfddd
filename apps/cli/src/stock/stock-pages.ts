import type { ServiceError } from '@grpc/grpc-js';
import { LIMITS, type StockLevel } from '@app/contracts';
import { CommandError } from '../command-line/command-error';
import { callWithRetry } from './call-with-retry';
import { describeGrpcError, isServiceError, type StockAdminClient } from './stock-admin.client';

const RETRY_FOR_MS = 30_000;

/**
 * Reads the levels of SKUs with a prefix in SKU order, page by page, so that memory does not grow with the stock. Each page
 * is read at its own time, so changes made meanwhile may or may not be included.
 */
export async function* stockPages(
  client: StockAdminClient,
  stop: AbortSignal,
  prefix = '',
): AsyncGenerator<readonly StockLevel[]> {
  let pageToken = '';
  do {
    const request = { pageSize: LIMITS.maxPageSize, pageToken, prefix };
    const retry = { retryForMs: RETRY_FOR_MS, stop };
    const { levels, nextPageToken } = await callWithRetry(() => client.list(request), retry).catch(
      (error: unknown) => {
        throw isServiceError(error) ? incompleteRead(error) : error;
      },
    );
    yield levels;
    pageToken = nextPageToken;
  } while (pageToken !== '');
}

const incompleteRead = (error: ServiceError): CommandError =>
  new CommandError(
    `Inventory failed before all stock was read (${describeGrpcError(error)}). Try again.`,
    { cause: error },
  );
