import { styleText } from 'node:util';

export type Style = 'bold' | 'cyan' | 'green' | 'red';

/** Returns the text in a style, or unchanged. */
export type Paint = (style: Style, text: string) => string;

/** Colors the text, whatever the stream is that it is written to. */
export const color: Paint = (style, text) => styleText(style, text, { validateStream: false });

/** Colors nothing. */
export const plain: Paint = (_style, text) => text;

/**
 * Returns what colors the text for a stream: only on a terminal that has colors, and not if `NO_COLOR` is
 * set (https://no-color.org).
 */
export const paintFor = (
  stream: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv = process.env,
): Paint => (stream.isTTY && !env.NO_COLOR && stream.hasColors(env) ? color : plain);
