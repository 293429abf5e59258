import { runService } from '../../../service/run-service.ts';
import { sampleSchema } from '../schema.ts';

/** The project's service with a schema of the tests' own. */
void runService({ schema: sampleSchema }, () => import('./app.ts'));
