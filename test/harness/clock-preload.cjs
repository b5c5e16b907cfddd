'use strict';
/**
 * Preloaded into a service (`node --require`): its clock is wrong by QUICKBITE_TEST_CLOCK_MS milliseconds,
 * as if the clock of its machine were.
 */
const shiftMs = Number(process.env.QUICKBITE_TEST_CLOCK_MS ?? 0);
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...values) {
    super(...(values.length === 0 ? [RealDate.now() + shiftMs] : values));
  }

  static now() {
    return RealDate.now() + shiftMs;
  }
};
