import { TlsFixture } from '../../test/e2e/tls-fixture';
import { atLeast, measuredRatio } from '../../test/harness/figures';
import { IdentityProvider } from '../../test/harness/identity-provider';
import type { Wanted } from '../../test/harness/load/plan';
import { availableUnits, givenStock } from '../../test/harness/stock';
import { times } from '../../test/harness/wait';
import { auditFigures, unitsFigure } from '../audit';
import type { Scenario } from '../bench';
import { startCluster } from '../cluster';
import { measureInterleaved, medianRatio, ROUNDS_FOR_NEAR_EQUAL, type Workload } from '../rounds';
import { HOT, PLENTY } from '../skus';

const HOT_ONLY: Wanted = { skus: HOT, lines: 1, draw: 'even' };
/** Their tokens are remembered, and each of them stays far below its limit of 5,000 writes in 10 s. */
const CUSTOMERS = 1_000;
/** More than Orders remembers, so that it verifies a token for each order. */
const NEW_CUSTOMERS = 12_000;
const TOKEN_SECONDS = 3_600;

/** What tokens, limits per caller and mutual TLS between the services cost an order. */
export const ordersSecured: Scenario = {
  title: 'POST /v1/orders with tokens (ES256), limits per caller and mutual TLS, against without',
  run: async (bench) => {
    const provider = await IdentityProvider.start();
    bench.atEnd(() => provider.stop());
    const files = await TlsFixture.create();
    bench.atEnd(() => files.remove());
    const env = { ...provider.settings, ...files.inventoryEnv, ...files.ordersEnv };
    const secured = await startCluster(bench, { env });
    const open = await startCluster(bench);
    for (const { inventoryDatabase } of [secured, open])
      await givenStock(inventoryDatabase, HOT, PLENTY);
    const exp = Math.floor(Date.now() / 1_000) + TOKEN_SECONDS;
    const tokens = times(NEW_CUSTOMERS, (nth) =>
      provider.token(`customer-${nth}`, 'customer', { claims: { exp } }),
    );
    const place = (
      name: string,
      address: string,
      clients: number,
      customers: readonly string[] = [],
    ): Workload => ({
      name: `${name}, ${clients} clients`,
      plan: {
        ...{ call: 'order', addresses: [address], clients, wanted: HOT_ONLY, expects: 'accepted' },
        tokens: customers,
      },
    });
    const known = tokens.slice(0, CUSTOMERS);
    const series = await measureInterleaved(
      bench,
      [
        place('secured', secured.orders.address, 64, known),
        place('open', open.orders.address, 64),
        place('secured, a new token for each order', secured.orders.address, 64, tokens),
        place('secured', secured.orders.address, 256, known),
        place('open', open.orders.address, 256),
      ],
      { rounds: ROUNDS_FOR_NEAR_EQUAL },
    );
    const [secured64, open64, new64, secured256, open256] = series;
    const gone = PLENTY * HOT.length - (await availableUnits(open.inventoryDatabase, HOT));
    return {
      series,
      figures: [
        atLeast('secured against open, 64 clients', medianRatio(secured64, open64), 0.85, '×'),
        atLeast('secured against open, 256 clients', medianRatio(secured256, open256), 0.85, '×'),
        measuredRatio(
          'secured against open, 64 clients, a new token for each order',
          medianRatio(new64, open64),
        ),
        ...(await auditFigures(bench, secured, HOT)),
        unitsFigure(
          'open: units gone from the stock',
          bench.load.reservedUnits([open.orders.address]),
          gone,
        ),
      ],
    };
  },
};
