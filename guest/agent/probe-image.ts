import { createReadStream, readFileSync } from 'node:fs';
import { engineRequest } from './engine-request.ts';

/**
 * Makes sure that the image for measurements is there and returns its id. The id is the digest of its configuration,
 * so no other image, whatever it is tagged, can take its place (OCI image spec, "ImageID"). Throws when it cannot be loaded.
 */
export const ensureProbeImage = async (): Promise<string> => {
  const id = readFileSync('/bulkhead/probe-image.id', 'utf8').trim();
  const present = async (): Promise<boolean> =>
    (await engineRequest({ method: 'GET', path: `/images/${id}/json` })).status === 200;
  if (await present()) return id;
  const loaded = await engineRequest({
    method: 'POST',
    path: '/images/load?quiet=1',
    contentType: 'application/x-tar',
    body: createReadStream('/bulkhead/probe-image.tar'),
  });
  if (loaded.status !== 200 || !(await present())) {
    throw new Error(`the probe image could not be loaded: ${loaded.body.trim()}`);
  }
  return id;
};
