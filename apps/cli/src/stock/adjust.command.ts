import type { Command } from 'commander';
import { type AdjustStockResponse, toDate } from '@app/contracts';
import { reasonFromTrailer } from '@app/errors';
import { CommandError } from '../command-line/command-error';
import { addCommand, setAction } from '../command-line/help';
import { print } from '../command-line/output';
import { withWaitIndicator } from '../command-line/wait-indicator';
import { type AdjustOptions, adjustRequest } from './adjust-request';
import { callWithRetry, isRetryable } from './call-with-retry';
import { withInventory } from './inventory-session';
import { describeGrpcError, isServiceError } from './stock-admin.client';
import { addAddressOption } from './stock-options';

const RETRY_FOR_MS = 30_000;

/** Adds `stock adjust`. */
export function addAdjustCommand(stock: Command): void {
  const command = addCommand(stock, 'adjust', {
    summary: 'correct what is on hand of one SKU',
    description:
      'Add DELTA units to what is on hand of a SKU (a negative DELTA removes them), or set ' +
      'it to N.',
    examples: [
      ['salad -3 --reason dropped', 'remove 3 units'],
      ['salad --set 40 --expected 43 --reason "recount"', 'set 40, if 43 are recorded now'],
    ],
  })
    .argument('<sku>', 'SKU to adjust')
    .argument('[delta]', 'units to add, such as 5 or -3')
    .requiredOption('--reason <text>', 'reason for the ledger')
    .option('--set <n>', 'set what is on hand to n units')
    .option('--actor <name>', 'actor for the ledger (default: your user name)')
    .option('--expected <n>', 'reject the change unless n units are on hand now')
    .option('--allow-shortfall', 'accept that fewer units are left than are reserved')
    .option('--id <id>', 'adjustment id. Inventory applies an id once, so repeating it is safe');
  addAddressOption(command);
  setAction(command, async (args, options: AdjustOptions) => {
    const request = adjustRequest(args, options);
    const retry = { retryForMs: RETRY_FOR_MS, stop: new AbortController().signal };
    const response = await withInventory(options.address, (client) =>
      withWaitIndicator(`Waiting for Inventory at ${client.address}`, () =>
        callWithRetry(() => client.adjust(request), retry).catch((error: unknown) => {
          throw explainFailure(error, request.adjustmentId);
        }),
      ),
    );
    for (const line of formatResult(response)) print(line);
  });
}

const explainFailure = (error: unknown, id: string): unknown => {
  if (!isServiceError(error)) return error;
  if (isRetryable(error)) {
    return new CommandError(
      `Inventory did not respond (${describeGrpcError(error)}). The adjustment may have been applied.\n` +
        `Repeat the command with --id ${id}. Inventory then applies it once.`,
      { cause: error },
    );
  }
  const reason = reasonFromTrailer(error.metadata) ?? describeGrpcError(error);
  return new CommandError(`${error.details} (${reason})`, { cause: error });
};

/** Returns the new level and the reservations that it no longer covers, as lines. */
export function formatResult({ level, movement, ...rest }: AdjustStockResponse): string[] {
  if (!level || !movement) throw new Error('Inventory responded without a level or a movement');
  const { sku, onHand, reserved, available, shortfall } = level;
  const short = shortfall > 0 ? `, ${shortfall} short` : '';
  return [
    `${sku}: ${onHand} on hand, ${reserved} reserved, ${available} available${short}.`,
    rest.alreadyRecorded
      ? `Adjustment ${movement.adjustmentId} was applied earlier. This call changed nothing.`
      : `Recorded as ${movement.adjustmentId}.`,
    ...(rest.unmetReservations.length > 0
      ? ['Held reservations that the stock no longer covers, the newest first:']
      : []),
    ...rest.unmetReservations.map(
      ({ reservationId, quantity, createdAt }) =>
        `  ${reservationId}  ${quantity} units${createdAt ? `, held since ${toDate(createdAt).toISOString()}` : ''}`,
    ),
    ...(rest.unmetReservationsIncomplete
      ? [
          `There are more held reservations that the stock no longer covers. Repeat the command to list them again.`,
        ]
      : []),
  ];
}
