/** One line for each check, and the sum at the end. */
export class Report {
  private passed = 0;
  private failed = 0;

  ok(what: string): void {
    this.passed += 1;
    console.log(`ok  ${what}`);
  }

  /** Ends the part that it is in when it does not hold. */
  check(what: string, holds: boolean, seen: string): void {
    if (!holds) throw new Error(`${what}. Seen:\n${seen}`);
    this.ok(what);
  }

  notRun(what: string): void {
    console.log(`NOT RUN: ${what}`);
  }

  /** Runs one part; when it fails, the others still run. Gives whether it passed. */
  async part(name: string, run: () => Promise<void>): Promise<boolean> {
    try {
      await run();
      return true;
    } catch (error) {
      this.fail(name, error);
      return false;
    }
  }

  fail(name: string, error: unknown): void {
    this.failed += 1;
    console.log(`FAILED  ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }

  /** Says the sum, and gives the exit code. */
  end(): number {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    return this.failed === 0 ? 0 : 1;
  }
}
