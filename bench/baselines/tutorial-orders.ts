import { Metadata, status } from '@grpc/grpc-js';
import {
  Body,
  Controller,
  type DynamicModule,
  Inject,
  Module,
  type OnModuleInit,
  Post,
} from '@nestjs/common';
import { type ClientGrpc, ClientsModule, Transport } from '@nestjs/microservices';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { firstValueFrom } from 'rxjs';
import type { Repository } from 'typeorm';
import {
  type GrpcClient,
  INVENTORY_PACKAGE,
  INVENTORY_PROTO,
  INVENTORY_SERVICE,
  type InventoryService,
  loaderOptions,
} from '@app/contracts';
import { ServiceError } from '@app/errors';
import { PlaceOrderDto } from '../../apps/orders/src/order/place-order.dto';
import { httpBaseline } from './http-baseline';
import { answerOf, confirmedOrder } from './new-order';
import { BaselineOrder } from './order.entity';
import { baselineDatabase } from './baseline-database';
import type { BaselineSettings } from './baseline-settings';
import type { StartedBaseline } from './started-baseline';

const INVENTORY = Symbol('INVENTORY');
const TIMEOUT_MS = 5_000;

/** The Orders of the tutorial: one call to reserve, then one INSERT. A crash between them loses the order. */
@Controller('v1/orders')
class TutorialOrdersController implements OnModuleInit {
  private inventory!: GrpcClient<InventoryService>;

  constructor(
    @Inject(INVENTORY) private readonly grpc: ClientGrpc,
    @InjectRepository(BaselineOrder) private readonly orders: Repository<BaselineOrder>,
  ) {}

  onModuleInit(): void {
    this.inventory = this.grpc.getService<GrpcClient<InventoryService>>(INVENTORY_SERVICE);
  }

  @Post()
  async place(@Body() body: PlaceOrderDto): Promise<ReturnType<typeof answerOf>> {
    const order = confirmedOrder(body);
    await this.reserve(order);
    await this.orders.insert(order);
    return answerOf(order);
  }

  private async reserve({ sku, quantity }: BaselineOrder): Promise<void> {
    const deadline = new Date(Date.now() + TIMEOUT_MS);
    const request = { sku, quantity, reservationId: '' };
    try {
      await firstValueFrom(this.inventory.reserveStock(request, new Metadata(), { deadline }));
    } catch (error) {
      if ((error as { code?: unknown }).code !== status.FAILED_PRECONDITION) throw error;
      throw new ServiceError('INSUFFICIENT_STOCK', `Not enough stock: ${sku}.`);
    }
  }
}

@Module({})
class TutorialOrdersModule {
  static with({ databaseUrl: url, inventoryAddress, log }: BaselineSettings): DynamicModule {
    return {
      module: TutorialOrdersModule,
      controllers: [TutorialOrdersController],
      imports: [
        log.module,
        baselineDatabase(url, BaselineOrder),
        TypeOrmModule.forFeature([BaselineOrder]),
        ClientsModule.register([
          {
            name: INVENTORY,
            transport: Transport.GRPC,
            options: {
              url: inventoryAddress,
              package: INVENTORY_PACKAGE,
              protoPath: INVENTORY_PROTO,
              loader: loaderOptions(),
            },
          },
        ]),
      ],
    };
  }
}

export const tutorialOrders = (settings: BaselineSettings): Promise<StartedBaseline> =>
  httpBaseline(TutorialOrdersModule.with(settings), settings);
