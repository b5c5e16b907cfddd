import { stripVTControlCharacters } from 'node:util';
import { WriteStream } from 'node:tty';
import { paintFor } from './paint';

/** The colors of a terminal, without one. */
const stream = (isTTY: boolean): NodeJS.WriteStream =>
  Object.assign(Object.create(WriteStream.prototype) as NodeJS.WriteStream, { isTTY });

const COLORED = { TERM: 'xterm-256color' };

it('colors text on a terminal only', () => {
  const painted = paintFor(stream(true), COLORED)('green', 'ready');
  expect(painted).not.toBe('ready');
  expect(stripVTControlCharacters(painted)).toBe('ready');
  expect(paintFor(stream(false), COLORED)('green', 'ready')).toBe('ready');
});

it.each([{ ...COLORED, NO_COLOR: '1' }, { TERM: 'dumb' }])('colors nothing with %j', (env) => {
  expect(paintFor(stream(true), env)('bold', 'ready')).toBe('ready');
});
