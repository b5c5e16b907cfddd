/** One bundle of all baselines, built as the services are; `BENCH_BASELINE` says which one this process is. */
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
  if (!start) throw new Error(`There is no baseline ${JSON.stringify(name)}`);
  const { app, logger } = await start(baselineSettings(name));
  return {
    app,
    logger,
    drainMs: 0,
    shutdownTimeoutSeconds: 5,
    beforeClose: () => undefined,
  };
});
