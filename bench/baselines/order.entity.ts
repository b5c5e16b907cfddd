import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An order of the tutorial: one row without events. */
@Entity('orders')
export class BaselineOrder {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'user_id' })
  userId!: string;

  @Column('text')
  sku!: string;

  @Column('int')
  quantity!: number;

  @Column('text', { nullable: true })
  note!: string | null;

  @Column('text')
  status!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
