import { type Query, queryValue } from '../http/query.ts';
import { Refusal } from '../refusal.ts';
import { FORWARD, type Handler } from '../routes.ts';

const blocked = (command: string): Refusal =>
  new Refusal(
    403,
    `${command} is blocked, because the setting "Block docker load and docker import" (blockDockerLoad) is on; ` +
      'pull the image from a registry, or turn the setting off in the Bulkhead settings',
  );

/** POST /images/load */
export const loadImages: Handler = async (_, { settings }) => {
  if (settings.blockDockerLoad) throw blocked('docker load');
  return FORWARD;
};

/** POST /images/create imports when it is given no image to pull (moby api/server/router/image, postImagesCreate). */
export const isImport = (query: Query): boolean => queryValue(query, 'fromImage') === '';

/** POST /images/create */
export const createImage: Handler = async ({ query }, { settings }) => {
  if (settings.blockDockerLoad && isImport(query)) throw blocked('docker import');
  return { kind: 'forward', query };
};
