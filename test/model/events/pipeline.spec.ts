import { explore } from './explore';
import { DESIGN, type Pipeline, PipelineModel } from './pipeline';

const search = (weaker: Partial<Pipeline>, events: readonly string[]) =>
  explore(new PipelineModel({ ...DESIGN, ...weaker }, events));

/** An unexpected change of a number is a lost step. */
it.each([
  { events: ['A1', 'A2'], states: 8_543 },
  { events: ['A1', 'B1'], states: 23_643 },
])('events $events are applied once and in order, in all $states states', ({ events, states }) => {
  const { trace, states: found } = search({}, events);
  expect(trace).toEqual([]);
  expect(found).toBe(states);
});

it.each<{ name: string; weaker: Partial<Pipeline>; events?: string[]; fault: string }>([
  {
    name: 'two sequencers skip what the other has locked',
    weaker: { isSequencerAlone: false },
    fault: 'A1 comes after A2 in log.',
  },
  {
    name: 'a sequencer reads the end of the log before it is alone',
    weaker: { isSequencerAlone: false, isEndLocked: false },
    events: ['A1', 'B1'],
    fault: 'From here not all events are applied.',
  },
  {
    name: 'an earlier holder moves the cursor',
    weaker: { isFenced: false },
    fault: 'The cursor moves back.',
  },
  {
    name: 'the cursor moves before the broker has the event',
    weaker: { isCursorMovedAfterAck: false },
    fault: 'A1 comes after A2 in applied.',
  },
  {
    name: 'the offset moves before the effect',
    weaker: { isOffsetMovedAfterEffect: false },
    fault: 'A1 comes after A2 in applied.',
  },
  {
    name: 'the consumer does not recognize a repeated event',
    weaker: { isIdempotent: false },
    fault: 'An event is applied twice.',
  },
])('$name: it breaks a promise', ({ weaker, events = ['A1', 'A2'], fault }) => {
  expect(search(weaker, events).trace.at(-1)).toBe(fault);
});
