#!/usr/bin/env node
import { runService } from '../../service/run-service.ts';
import database from './database.ts';
import visitsRoute from './visits.ts';

void runService(async (app) => {
  await app.register(database);
  await app.register(visitsRoute);
});
