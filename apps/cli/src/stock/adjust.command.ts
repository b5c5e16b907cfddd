import { type AdjustStockResponse, toDate } from '@app/contracts';
import { reasonFromTrailer } from '@app/errors';
import { print, ToolError } from '../../../../tools/tool';
import { ADJUST_USAGE, adjustJob } from './adjust-request';
import type { Command } from './stock-options';
import { isServiceError, saidBy, withInventory } from './stock-admin.client';
import { isTransient, untilAnswered } from './retry';

const RETRY_FOR_MS = 30_000;

export const adjustCommand: Command = {
  summary: 'corrects what is on hand of one SKU',
  usage: ADJUST_USAGE,
  run: async (args) => {
    const { address, request } = adjustJob(args);
    const retry = { retryForMs: RETRY_FOR_MS, stop: new AbortController().signal };
    const answer = await withInventory(address, (client) =>
      untilAnswered(() => client.adjust(request), retry).catch((error: unknown) => {
        throw explained(error, request.adjustmentId);
      }),
    );
    for (const line of outcome(answer)) print(line);
  },
};

const explained = (error: unknown, id: string): unknown => {
  if (!isServiceError(error)) return error;
  if (isTransient(error)) {
    return new ToolError(
      `No answer (${saidBy(error)}): it may have been made or not.\n` +
        `Repeat it with --id ${id}, and it is made once.`,
    );
  }
  return new ToolError(`${error.details} (${reasonFromTrailer(error.metadata) ?? saidBy(error)})`);
};

/** What there is now, and whom it does not suffice for. */
export function outcome({ level, movement, ...rest }: AdjustStockResponse): string[] {
  if (!level || !movement) throw new Error('Inventory answered without a level or a movement');
  const { sku, onHand, reserved, available, shortfall } = level;
  const short = shortfall > 0 ? `, ${shortfall} short` : '';
  return [
    `${sku}: ${onHand} on hand, ${reserved} reserved, ${available} available${short}.`,
    rest.alreadyRecorded
      ? `Adjustment ${movement.adjustmentId} was made before; nothing was changed now.`
      : `Recorded as ${movement.adjustmentId}.`,
    ...(rest.unmetReservations.length > 0
      ? ['Held reservations that cannot be met, the youngest first:']
      : []),
    ...rest.unmetReservations.map(
      ({ reservationId, quantity, createdAt }) =>
        `  ${reservationId}  ${quantity} units${createdAt ? `, held since ${toDate(createdAt).toISOString()}` : ''}`,
    ),
  ];
}
