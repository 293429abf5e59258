import { postgresUsers } from '@cloud-run-identity/secrets/rotators';

/** Two users of the database take turns; the variables PGUSER and PGPASSWORD name who may change them. */
export default postgresUsers({ database: 'app', users: ['app_a', 'app_b'], memberOf: 'app_owner' });
