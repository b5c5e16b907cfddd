/** The bundle of all baselines. `BENCH_BASELINE` selects the one that this process runs. */
import 'reflect-metadata';
import { runService } from '@app/runtime';
import { answerOnly } from './answer-only';
import { insertOnly } from './insert-only';
import { noOp } from './no-op';
import { type BaselineSettings, baselineSettings } from './baseline-settings';
import { tutorialInventory } from './tutorial-inventory';
import { tutorialOrders } from './tutorial-orders';
import type { StartedBaseline } from './started-baseline';

const BASELINES: Readonly<
  Record<string, (settings: BaselineSettings) => Promise<StartedBaseline>>
> = {
  'tutorial-inventory': tutorialInventory,
  'tutorial-orders': tutorialOrders,
  'insert-only': insertOnly,
  'answer-only': answerOnly,
  'no-op': noOp,
};

const name = process.env.BENCH_BASELINE ?? '';

void runService(name, async () => {
  const start = BASELINES[name];
  if (!start) throw new Error(`Unknown baseline ${JSON.stringify(name)}`);
  const { app, logger } = await start(baselineSettings(name));
  return {
    app,
    logger,
    drainMs: 0,
    shutdownTimeoutSeconds: 5,
    beforeClose: () => undefined,
  };
});
