const EXAMPLE = 'such as https://shop.example or http://localhost:5173';

/** Returns the origin that a text names, as browsers send it; undefined if it names none. */
const originOf = (text: string): string | undefined => {
  try {
    const { protocol, origin } = new URL(text);
    return protocol === 'https:' || protocol === 'http:' ? origin : undefined;
  } catch {
    return undefined;
  }
};

/** Returns what is wrong with the origin of a web page, with the remedy, or undefined. */
export const webOriginFault = (text: string): string | undefined => {
  if (text === '*') return `must name each origin, ${EXAMPLE}; * is not supported`;
  const origin = originOf(text);
  if (origin === undefined) return `must be origins with scheme and host, ${EXAMPLE}`;
  return origin === text ? undefined : `must have ${origin} instead of ${text}`;
};
