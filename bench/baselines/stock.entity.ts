import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What can still be reserved of a SKU. */
@Entity('stock')
export class BaselineStock {
  @PrimaryColumn('text')
  sku!: string;

  @Column('int')
  available!: number;
}

/** Units that were taken. */
@Entity('reservation')
export class BaselineReservation {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  sku!: string;

  @Column('int')
  quantity!: number;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
