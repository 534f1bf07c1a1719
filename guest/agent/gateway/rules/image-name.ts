/** A full image id, which Docker does not read as a name. */
const IMAGE_ID = /^(?:sha256:)?[0-9a-f]{64}$/;

/**
 * The full repository name of an image as given on a command line, without tag and digest: `docker:cli` is
 * `docker.io/library/docker` (the rules of distribution/reference, ParseNormalizedNamed). An id stays what it is.
 */
export const repositoryName = (image: string): string => {
  if (IMAGE_ID.test(image)) return image;
  const [named = ''] = image.split('@');
  const slash = named.indexOf('/');
  const first = slash === -1 ? '' : named.slice(0, slash);
  const hasDomain = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  const domain = hasDomain && first !== 'index.docker.io' ? first : 'docker.io';
  const rest = (hasDomain ? named.slice(slash + 1) : named).replace(/:[^:/]*$/, '');
  return domain === 'docker.io' && !rest.includes('/') ? `docker.io/library/${rest}` : `${domain}/${rest}`;
};
