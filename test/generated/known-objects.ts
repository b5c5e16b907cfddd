/** What there is in the system, so that generated requests can name it. */
export type ObjectKind =
  | 'order'
  | 'webhook'
  | 'apiKey'
  | 'delivery'
  | 'cursor'
  | 'position'
  | 'reservation'
  | 'adjustment'
  | 'webhookUrl';

const MAX_KNOWN = 300;
const UNKNOWN = '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55';
/** Characters for private use, which no other generated text contains. */
const REFERENCE = /\ue000(\w+)#(\d+)\ue001/g;

/** Returns a text that stands for one of the objects until the request is sent. */
export const referenceTo = (kind: ObjectKind, index: number): string =>
  `\ue000${kind}#${index}\ue001`;

/** Ids, cursors and positions that the services have returned. Forgets the oldest of too many. */
export class KnownObjects {
  private readonly texts = new Map<string, string[]>();

  add(kind: ObjectKind, text: string): void {
    const known = this.texts.get(kind) ?? [];
    this.texts.set(kind, known);
    if (known.includes(text)) return;
    known.push(text);
    // The first ones were there before the run, in every state.
    if (known.length > MAX_KNOWN) known.splice(MAX_KNOWN / 3, 1);
  }

  /** Returns the ids of a kind that are remembered. */
  ids(kind: ObjectKind): readonly string[] {
    return this.texts.get(kind) ?? [];
  }

  /** Replaces each reference in a text. */
  resolve(text: string): string {
    return text.replace(REFERENCE, (_all, kind: string, index: string) => {
      const known = this.texts.get(kind) ?? [];
      return known[Number(index) % known.length] ?? UNKNOWN;
    });
  }

  /** Replaces each reference in the texts and the keys of a value. */
  resolveIn(value: unknown): unknown {
    if (typeof value === 'string') return this.resolve(value);
    if (Array.isArray(value)) return value.map((each) => this.resolveIn(each));
    if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, this.resolveIn(each)]),
    );
  }
}
