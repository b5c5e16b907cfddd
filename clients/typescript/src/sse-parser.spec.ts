import { ServerSentEventParser } from './sse-parser.js';

const STREAM =
  '\ufeffretry: 250\n\n: comment\n\nid: 1\r\ndata: a\r\ndata:  b\r\n\r\nevent: error\rdata\r\rid: 2\n\nid: 3\ndata: c\n\nda';

const EVENTS = [
  { id: '1', type: 'message', data: 'a\n b' },
  { id: '1', type: 'error', data: '' },
  { id: '2', type: 'message', data: undefined },
  { id: '3', type: 'message', data: 'c' },
];

it('finds the same events wherever the stream is cut', () => {
  for (let size = 1; size <= STREAM.length; size += 1) {
    const parser = new ServerSentEventParser();
    const events = [];
    for (let at = 0; at < STREAM.length; at += size)
      events.push(...parser.push(STREAM.slice(at, at + size)));
    expect(events.filter(({ id }) => id !== '')).toEqual(EVENTS);
    expect(parser.retryMs).toBe(250);
  }
});
