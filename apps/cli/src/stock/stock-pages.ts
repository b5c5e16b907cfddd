import type { ServiceError } from '@grpc/grpc-js';
import { LIMITS, type StockLevel } from '@app/contracts';
import { ToolError } from '../../../../tools/tool';
import { type StockAdminClient, isServiceError, saidBy } from './stock-admin.client';
import { untilAnswered } from './retry';

const RETRY_FOR_MS = 30_000;

/**
 * All levels in SKU order, page by page, so that memory does not grow with the stock. Each page is
 * of its own moment: what changes meanwhile is seen or not.
 */
export async function* stockPages(
  client: StockAdminClient,
  stop: AbortSignal,
): AsyncGenerator<readonly StockLevel[]> {
  let pageToken = '';
  do {
    const request = { pageSize: LIMITS.maxPageSize, pageToken };
    const retry = { retryForMs: RETRY_FOR_MS, stop };
    const { levels, nextPageToken } = await untilAnswered(() => client.list(request), retry).catch(
      (error: unknown) => {
        throw isServiceError(error) ? unread(error) : error;
      },
    );
    yield levels;
    pageToken = nextPageToken;
  } while (pageToken !== '');
}

const unread = (error: ServiceError): ToolError =>
  new ToolError(`The stock could not be read to its end (${saidBy(error)}). Try again.`);
