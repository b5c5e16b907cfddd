/**
 * A Ctrl+C under npm arrives twice, once from the terminal and once forwarded by npm. Only what
 * comes later than this is a person who has lost patience.
 */
const SAME_WISH_MS = 1_000;

/** How often to look whether npm is still there. */
const PARENT_POLL_MS = 200;

export interface StopSignal {
  /** Aborted by the first Ctrl+C, SIGTERM or SIGHUP: end in order. */
  readonly asked: AbortSignal;
  /** Aborted by a later one: end at once. */
  readonly insisted: AbortSignal;
}

/** From here on these signals no longer end the process: the caller does. */
export function listenForStop(): StopSignal {
  const asked = new AbortController();
  const insisted = new AbortController();
  let firstAt = 0;
  const onSignal = () => {
    if (!asked.signal.aborted) {
      firstAt = Date.now();
      asked.abort();
    } else if (Date.now() - firstAt > SAME_WISH_MS) {
      insisted.abort();
    }
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  if (process.env.npm_lifecycle_event) whenParentIsGone(onSignal);
  return { asked: asked.signal, insisted: insisted.signal };
}

/**
 * npm runs a script through a shell, and forwards a SIGTERM to that shell alone: dash dies of it
 * and tells nobody. So a vanished parent counts as that signal.
 */
function whenParentIsGone(onGone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, PARENT_POLL_MS);
  timer.unref();
}

/** Waits for a signal. Listening for one keeps no process alive, so a timer has to. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const keepAlive = setInterval(() => undefined, 60_000);
  return new Promise((resolve) => {
    const finish = () => {
      clearInterval(keepAlive);
      resolve();
    };
    signal.addEventListener('abort', finish, { once: true });
  });
}
