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
   * Whether Inventory answered the last call. Orders stays ready without it.
   * @example "up"
   */
  inventory!: 'up' | 'down';
}
