/** A report beyond this helps nobody; the rest is counted. */
const MAX_SHOWN = 1_000;

/** What there is to say about lines of a file: so many are kept, and all are counted. */
export class LineReport {
  private readonly kept: { readonly lineNumber: number; readonly text: string }[] = [];
  private total = 0;

  get count(): number {
    return this.total;
  }

  add(lineNumber: number, text: string): void {
    this.total += 1;
    if (this.kept.length < MAX_SHOWN) this.kept.push({ lineNumber, text });
  }

  /** In the order of the file. */
  toString(): string {
    const lines = [...this.kept]
      .sort((a, b) => a.lineNumber - b.lineNumber)
      .map(({ lineNumber, text }) => `line ${lineNumber}: ${text}`);
    const more = this.total - this.kept.length;
    return [...lines, ...(more > 0 ? [`… and ${more} more`] : [])].join('\n');
  }
}
