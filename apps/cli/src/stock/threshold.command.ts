import type { Command } from 'commander';
import {
  LIMITS,
  type SetStockThresholdRequest,
  skuFault,
  type StockLevel,
  wholeNumberFault,
} from '@app/contracts';
import { reasonFromTrailer } from '@app/errors';
import { CommandError, UsageError } from '../command-line/command-error';
import { addCommand, setAction } from '../command-line/help';
import { print } from '../command-line/output';
import { withWaitIndicator } from '../command-line/wait-indicator';
import { callWithRetry } from './call-with-retry';
import { withInventory } from './inventory-session';
import { describeGrpcError, isServiceError } from './stock-admin.client';
import { validated } from '../command-line/values';
import { addAddressOption, type AddressOption } from './stock-options';

const RETRY_FOR_MS = 30_000;

/** Options of `stock threshold`, as commander parses them. */
export interface ThresholdOptions extends AddressOption {
  readonly low?: string;
  readonly replenished?: string;
  readonly none?: boolean;
}

/** Adds `stock threshold`. */
export function addThresholdCommand(stock: Command): void {
  const command = addCommand(stock, 'threshold', {
    summary: 'set when the stock of one SKU is low',
    description:
      'Set the available units at which the stock of a SKU becomes low, and at which it is ' +
      'replenished. Inventory publishes an event each time. Repeating the command changes nothing.',
    examples: [
      ['salad --low 10 --replenished 20', 'low at 10 units or fewer, until there are 20'],
      ['salad --none', 'no threshold and no events any more'],
    ],
  })
    .argument('<sku>', 'SKU')
    .option('--low <n>', 'low at n available units or fewer')
    .option('--replenished <n>', 'replenished at n available units or more; above --low')
    .option('--none', 'remove the threshold');
  addAddressOption(command);
  setAction(command, async ([sku = ''], options: ThresholdOptions) => {
    const request = thresholdRequest(sku, options);
    const retry = { retryForMs: RETRY_FOR_MS, stop: new AbortController().signal };
    const { level } = await withInventory(options.address, (client) =>
      withWaitIndicator(`Waiting for Inventory at ${client.address}`, () =>
        callWithRetry(() => client.setThreshold(request), retry).catch((error: unknown) => {
          throw isServiceError(error)
            ? new CommandError(
                `${error.details} (${reasonFromTrailer(error.metadata) ?? describeGrpcError(error)})`,
                { cause: error },
              )
            : error;
        }),
      ),
    );
    if (!level) throw new Error('Inventory responded without a level');
    print(formatThreshold(level));
  });
}

/** Returns the request that the argument and the options describe. */
export function thresholdRequest(
  sku: string,
  { low, replenished, none = false }: ThresholdOptions,
): SetStockThresholdRequest {
  const isComplete = low !== undefined && replenished !== undefined;
  if (none ? low !== undefined || replenished !== undefined : !isComplete) {
    throw new UsageError('Specify either --low N and --replenished N, or --none.');
  }
  const request = { sku: validated('SKU', sku, skuFault) };
  if (low === undefined || replenished === undefined) return request;
  const lowAt = unitsFrom('--low', low, 0, LIMITS.maxOnHand - 1);
  const replenishedAt = unitsFrom('--replenished', replenished, lowAt + 1, LIMITS.maxOnHand);
  return { ...request, threshold: { lowAt, replenishedAt } };
}

function unitsFrom(name: string, text: string, min: number, max: number): number {
  const units = /^\d+$/.test(text) ? Number(text) : NaN;
  validated(name, text, () => wholeNumberFault(min, max)(units));
  return units;
}

/** Returns the threshold of a level as a line. */
export function formatThreshold({ sku, available, threshold }: StockLevel): string {
  if (!threshold) return `${sku}: ${available} available, no threshold.`;
  const { lowAt, replenishedAt, low } = threshold;
  const state = low ? `low until ${replenishedAt}` : `low at ${lowAt}, then until ${replenishedAt}`;
  return `${sku}: ${available} available, ${state}.`;
}
