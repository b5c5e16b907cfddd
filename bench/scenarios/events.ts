import { atLeast, atMost, formatNumber, measured } from '../../test/harness/figures';
import { EventDelays } from '../../test/harness/event-delays';
import type { Wanted } from '../../test/harness/load/plan';
import { availableUnits, givenStock } from '../../test/harness/stock';
import { auditFigures, unitsFigure } from '../audit';
import type { Scenario } from '../bench';
import { startCluster } from '../cluster';
import { measureInterleaved, medianRatio, ROUNDS_FOR_NEAR_EQUAL, type Workload } from '../rounds';
import { HOT, PLENTY } from '../skus';

const HOT_ONLY: Wanted = { skus: HOT, lines: 1, draw: 'even' };
const MAX_DELAY_MS = 250;
/** About half of what 2 cores confirm. */
const HALF_LOAD_PER_SECOND = 1_500;

/** What the event log costs an order, and how soon its events arrive. */
export const ordersEvents: Scenario = {
  title: 'POST /v1/orders with the event log, against Orders without it',
  run: async (bench) => {
    const withLog = await startCluster(bench);
    const withoutLog = await startCluster(bench);
    for (const { inventoryDatabase } of [withLog, withoutLog]) {
      await givenStock(inventoryDatabase, HOT, PLENTY);
    }
    await withoutLog.ordersDatabase.query(
      'alter table order_event disable trigger order_event_publish',
    );
    const place = (name: string, address: string, clients: number): Workload => ({
      name,
      plan: { call: 'order', addresses: [address], clients, wanted: HOT_ONLY, expects: 'accepted' },
    });
    const series = await measureInterleaved(
      bench,
      [64, 256].flatMap((clients) => [
        place(`with events, ${clients} clients`, withLog.orders.address, clients),
        place(`without events, ${clients} clients`, withoutLog.orders.address, clients),
      ]),
      { rounds: ROUNDS_FOR_NEAR_EQUAL },
    );
    const delays = await EventDelays.of(`${withLog.orders.url}/v1/events`);
    bench.atEnd(() => delays.stop());
    const { plan } = place('half load', withLog.orders.address, 256);
    await bench.load.measure({
      ...plan,
      callsPerSecond: HALF_LOAD_PER_SECOND,
      warmUpMs: 2_000,
      measureMs: 10_000,
    });
    const [with64, without64, with256, without256] = series;
    const gone = PLENTY * HOT.length - (await availableUnits(withoutLog.inventoryDatabase, HOT));
    const units = bench.load.reservedUnits([withoutLog.orders.address]);
    return {
      series,
      figures: [
        atLeast(
          'with events against without, 64 clients',
          medianRatio(with64, without64),
          0.9,
          '×',
        ),
        atLeast(
          'with events against without, 256 clients',
          medianRatio(with256, without256),
          0.9,
          '×',
        ),
        measured('events that the follower got at half load', formatNumber(delays.count)),
        measured(
          'from a transaction to the follower, p50',
          `${formatNumber(delays.percentileMs(0.5))} ms`,
        ),
        atMost(
          'from a transaction to the follower, p99',
          delays.percentileMs(0.99),
          MAX_DELAY_MS,
          'ms',
        ),
        ...(await auditFigures(bench, withLog, HOT)),
        unitsFigure('without events: units gone from the stock', units, gone),
      ],
    };
  },
};
