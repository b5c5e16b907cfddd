'use strict';
/** Preloaded into a service (`node --require`): answers every IPC message with the files of its loaded modules. */
process.on('message', () => process.send?.(Object.keys(require.cache)));
