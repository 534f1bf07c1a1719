import { queryValue } from '../http/query.ts';
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

/** POST /images/create, which imports when it is given no image to pull (moby api/server/router/image, postImagesCreate). */
export const createImage: Handler = async ({ query }, { settings }) => {
  if (settings.blockDockerLoad && queryValue(query, 'fromImage') === '') throw blocked('docker import');
  return { kind: 'forward', query };
};
