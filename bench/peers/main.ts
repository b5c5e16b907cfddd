/** One bundle of all peers, built as the services are; `BENCH_PEER` says which one this process is. */
import 'reflect-metadata';
import { runService } from '@app/runtime';
import { answerOnly } from './answer-only';
import { insertOnly } from './insert-only';
import { noOp } from './no-op';
import { type PeerSettings, peerSettings } from './peer-settings';
import { tutorialInventory } from './tutorial-inventory';
import { tutorialOrders } from './tutorial-orders';
import type { StartedPeer } from './started-peer';

const PEERS: Readonly<Record<string, (settings: PeerSettings) => Promise<StartedPeer>>> = {
  'tutorial-inventory': tutorialInventory,
  'tutorial-orders': tutorialOrders,
  'insert-only': insertOnly,
  'answer-only': answerOnly,
  'no-op': noOp,
};

const name = process.env.BENCH_PEER ?? '';

void runService(name, async () => {
  const start = PEERS[name];
  if (!start) throw new Error(`There is no peer ${JSON.stringify(name)}`);
  const { app, logger } = await start(peerSettings(name));
  return {
    app,
    logger,
    drainMs: 0,
    shutdownTimeoutSeconds: 5,
    beforeClose: () => undefined,
  };
});
