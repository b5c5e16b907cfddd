import { atLeast, formatNumber, measured } from '../../test/harness/figures';
import { answersFigure, answeredFigure, verifyFigure } from '../audit';
import type { Bench, Outcome, Scenario } from '../bench';
import { Ours } from '../ours';
import { startBaseline, stockBaseline } from '../baseline';
import { type Entry, inTurn, ratioOf } from '../rounds';
import { giveStock, HOT, PLENTY, unitsLeft, availableUnitsOfBaseline } from '../stock';

const HOT_ONLY = { skus: HOT, lines: 1, draw: 'even' } as const;

const reserve = (name: string, addresses: readonly string[], clients: number): Entry => ({
  name,
  plan: { call: 'reserve', addresses, clients, wanted: HOT_ONLY, expects: 'accepted' },
});

const startInventory = async (bench: Bench): Promise<Ours> => {
  const ours = await Ours.start(bench, { withOrders: false });
  await giveStock(ours.databases.inventory, HOT);
  return ours;
};

/** What every scenario with our Inventory alone has to end with. */
const audit = async (bench: Bench, ours: Ours): Promise<Outcome['figures']> => {
  const answered = bench.load.reservedUnits(ours.inventoryAddresses);
  const gone = PLENTY - (await unitsLeft(ours.databases.inventory, HOT));
  return [
    answersFigure(bench),
    answeredFigure('QuickBite: units gone from the stock', answered, gone),
    await verifyFigure(bench, ours),
  ];
};

/** Everybody wants the same SKU. */
export const reserveHot: Scenario = {
  title: 'ReserveStock, one hot SKU, 64 clients',
  run: async (bench) => {
    const ours = await startInventory(bench);
    const tutorial = await startBaseline(bench, 'tutorial-inventory');
    await stockBaseline(tutorial, HOT, PLENTY);
    const ceiling = await startBaseline(bench, 'no-op');
    const contestants = await inTurn(bench, [
      reserve('QuickBite', ours.inventoryAddresses, 64),
      reserve('tutorial, durable', [tutorial.address], 64),
      reserve('no-op', [ceiling.address], 64),
    ]);
    const [quickbite, baseline, noOp] = contestants;
    const gone = PLENTY - (await availableUnitsOfBaseline(tutorial.database, HOT));
    return {
      contestants,
      figures: [
        measured(
          'QuickBite against the tutorial',
          `${formatNumber(ratioOf(quickbite, baseline))} ×`,
        ),
        measured(
          'what answers without storing against the tutorial',
          `${formatNumber(ratioOf(noOp, baseline))} ×`,
        ),
        ...(await audit(bench, ours)),
        answeredFigure(
          'tutorial: units gone from the stock',
          bench.load.reservedUnits([tutorial.address]),
          gone,
        ),
      ],
    };
  },
};

/** How much of what Nest's gRPC can do is left when every answer is durable. */
export const reserveNoOp: Scenario = {
  title: 'ReserveStock, durable, against a gRPC server that stores nothing, 256 clients',
  run: async (bench) => {
    const ours = await startInventory(bench);
    const noOp = await startBaseline(bench, 'no-op');
    const contestants = await inTurn(bench, [
      reserve('QuickBite', ours.inventoryAddresses, 256),
      reserve('no-op', [noOp.address], 256),
    ]);
    const [quickbite, baseline] = contestants;
    return {
      contestants,
      figures: [
        atLeast('QuickBite against the no-op', ratioOf(quickbite, baseline), 0.9, '×'),
        ...(await audit(bench, ours)),
      ],
    };
  },
};

const BATCH = 100;

/** Many reservations in one call, against the most calls that the same server can answer. */
export const reserveBatch: Scenario = {
  title: `BatchCreateReservations of ${BATCH}, 8 in flight, against no-op calls`,
  run: async (bench) => {
    const ours = await startInventory(bench);
    const noOp = await startBaseline(bench, 'no-op');
    const batches: Entry = {
      name: `QuickBite, reservations in batches of ${BATCH}`,
      plan: {
        call: 'batch',
        addresses: ours.inventoryAddresses,
        clients: 8,
        batch: BATCH,
        wanted: HOT_ONLY,
        expects: 'accepted',
      },
    };
    const contestants = await inTurn(bench, [
      batches,
      reserve('no-op, calls of 64 clients', [noOp.address], 64),
      reserve('no-op, calls of 256 clients', [noOp.address], 256),
    ]);
    const [quickbite, few, many] = contestants;
    const ratio = Math.min(ratioOf(quickbite, few), ratioOf(quickbite, many));
    return {
      contestants,
      figures: [
        measured('reservations against no-op calls, at their best', `${formatNumber(ratio)} ×`),
        ...(await audit(bench, ours)),
      ],
    };
  },
};
