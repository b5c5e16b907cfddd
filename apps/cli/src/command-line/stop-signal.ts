/**
 * Under npm, one Ctrl+C arrives twice: once from the terminal, once forwarded by npm. A signal within
 * this time of the first one is a duplicate.
 */
const DUPLICATE_SIGNAL_MS = 1_000;

/** How often to check whether npm still runs. */
const PARENT_POLL_MS = 200;

export interface StopSignal {
  /** Aborted by the first Ctrl+C, SIGTERM or SIGHUP: stop in order. */
  readonly requested: AbortSignal;
  /** Aborted by a later one: stop immediately. */
  readonly forced: AbortSignal;
}

/** Handles the stop signals from now on. They no longer end the process; the caller must. */
export function listenForStop(): StopSignal {
  const requested = new AbortController();
  const forced = new AbortController();
  let firstAtMs = 0;
  const onSignal = () => {
    if (!requested.signal.aborted) {
      firstAtMs = Date.now();
      requested.abort();
    } else if (Date.now() - firstAtMs > DUPLICATE_SIGNAL_MS) {
      forced.abort();
    }
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  if (process.env.npm_lifecycle_event) onParentExit(onSignal);
  return { requested: requested.signal, forced: forced.signal };
}

/**
 * npm runs a script through a shell and forwards SIGTERM to that shell only. dash exits without
 * forwarding it. So the exit of the parent process counts as a stop signal.
 */
function onParentExit(onExit: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onExit();
  }, PARENT_POLL_MS);
  timer.unref();
}

/** Resolves when the signal is aborted, and keeps the process alive until then. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  // A listener on a signal keeps no process alive. A timer does.
  const keepAlive = setInterval(() => undefined, 60_000);
  return new Promise((resolve) => {
    const finish = () => {
      clearInterval(keepAlive);
      resolve();
    };
    signal.addEventListener('abort', finish, { once: true });
  });
}
