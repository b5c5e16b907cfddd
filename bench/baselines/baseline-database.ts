import type { DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

/** Connections of a baseline's pool: as many as the services have by default. */
const POOL_SIZE = 10;

/** A baseline's database, empty at first, with the tables of these classes. */
export const baselineDatabase = (
  url: string,
  ...entities: readonly (new () => object)[]
): DynamicModule =>
  TypeOrmModule.forRoot({
    type: 'postgres',
    url,
    poolSize: POOL_SIZE,
    entities: [...entities],
    synchronize: true,
  });
