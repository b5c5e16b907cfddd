/** A migrator in a process of its own, which a test can kill. Its argument is the URL of a database. */
import { touchOrders } from './blocked-migration';

void touchOrders(process.argv[2] ?? '');
