export class LiveDto {
  /** @example "ok" */
  status!: 'ok';
}

export class ReadyDto {
  /** @example "ok" */
  status!: 'ok';

  /** @example "up" */
  database!: 'up';

  /**
   * Whether there is a connection to Inventory. Orders stays ready without it.
   * @example "up"
   */
  inventory!: 'up' | 'down';
}
