/** A command that takes longer than this shows that it works. */
const SHOW_AFTER_MS = 2_000;
const FRAME_MS = 100;
/** Elsewhere than on a terminal, such as in the log of a CI job, where each line stays. */
const LINE_INTERVAL_MS = 10_000;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const CLEAR_LINE = '\r\x1b[K';

/** What shows that a command works. */
export interface WaitIndicator {
  /** Call it before each output, which would otherwise continue the line of the indicator. */
  readonly hide: () => void;
}

/** The part of a stream that an indicator needs. */
export type IndicatorStream = Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;

/**
 * Does `work`. If it takes longer than 2 s, shows `what` and the elapsed seconds on stderr until it has
 * ended: on a terminal as a line that changes, elsewhere as a line every 10 s.
 */
export async function withWaitIndicator<Result>(
  what: string,
  work: (indicator: WaitIndicator) => Promise<Result>,
  stream: IndicatorStream = process.stderr,
): Promise<Result> {
  const show = stream.isTTY ? spinner(stream) : lines(stream);
  const startedMs = performance.now();
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - startedMs;
    if (elapsedMs >= SHOW_AFTER_MS) show.update(what, elapsedMs);
  }, FRAME_MS).unref();
  try {
    return await work({ hide: show.hide });
  } finally {
    clearInterval(timer);
    show.hide();
  }
}

interface Display {
  update(what: string, elapsedMs: number): void;
  readonly hide: () => void;
}

function spinner(stream: IndicatorStream): Display {
  let frame = 0;
  let isShown = false;
  return {
    update: (what, elapsedMs) => {
      frame = (frame + 1) % FRAMES.length;
      isShown = true;
      stream.write(`${CLEAR_LINE}${FRAMES[frame]} ${what} … ${seconds(elapsedMs)}`);
    },
    hide: () => {
      if (isShown) stream.write(CLEAR_LINE);
      isShown = false;
    },
  };
}

function lines(stream: IndicatorStream): Display {
  let nextMs = 0;
  return {
    update: (what, elapsedMs) => {
      if (elapsedMs < nextMs) return;
      nextMs = elapsedMs + LINE_INTERVAL_MS;
      stream.write(`${what} … ${seconds(elapsedMs)}\n`);
    },
    hide: () => undefined,
  };
}

const seconds = (ms: number): string => `${Math.floor(ms / 1_000)} s`;
