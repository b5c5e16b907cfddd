/**
 * Returns the function with a memory: it computes the value of an event once, for all streams of this
 * instance. The value lives as long as the event.
 */
export const oncePerEvent = <Event extends object, Value>(
  compute: (event: Event, token: string) => Value,
): ((event: Event, token: string) => Value) => {
  const known = new WeakMap<Event, { readonly value: Value }>();
  return (event, token) => {
    const found = known.get(event) ?? { value: compute(event, token) };
    known.set(event, found);
    return found.value;
  };
};
