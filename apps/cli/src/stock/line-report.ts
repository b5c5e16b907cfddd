/** Bounds the report and its memory. Further lines are only counted. */
const MAX_KEPT = 1_000;

/** Messages about lines of a file. It keeps a bounded number and counts all. */
export class LineReport {
  private readonly kept: { readonly lineNumber: number; readonly text: string }[] = [];
  private total = 0;

  get count(): number {
    return this.total;
  }

  add(lineNumber: number, text: string): void {
    this.total += 1;
    if (this.kept.length < MAX_KEPT) this.kept.push({ lineNumber, text });
  }

  /** Returns the kept messages in the order of the file. */
  toString(): string {
    const lines = [...this.kept]
      .sort((a, b) => a.lineNumber - b.lineNumber)
      .map(({ lineNumber, text }) => `line ${lineNumber}: ${text}`);
    const more = this.total - this.kept.length;
    return [...lines, ...(more > 0 ? [`… and ${more} more`] : [])].join('\n');
  }
}
