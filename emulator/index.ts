/** Google Cloud on this machine. */
export { type LocalCloud, type LocalCloudOptions, startLocalCloud } from './cloud.ts';
