import { repositoryName } from '../rules/image-name.ts';

/** An entry of the list of images that may have the Docker socket (Docker's manual, ECI: "Docker socket image list"). */
export type Entry =
  | { readonly kind: 'any' }
  | { readonly kind: 'digest'; readonly repository: string; readonly digest: string }
  /** `tag` null: any tag. */
  | { readonly kind: 'tag'; readonly repository: string; readonly tag: string | null };

/** Reads `*`, `name`, `name:tag`, `name:*` and `name@sha256:…`. A name without a tag means the tag `latest`. */
export const parseEntry = (text: string): Entry => {
  const entry = text.trim();
  if (entry === '*') return { kind: 'any' };
  const repository = repositoryName(entry);
  const at = entry.indexOf('@');
  if (at !== -1) return { kind: 'digest', repository, digest: entry.slice(at + 1) };
  const tag = /:([^:/]+)$/.exec(entry)?.[1] ?? 'latest';
  return { kind: 'tag', repository, tag: tag === '*' ? null : tag };
};

/** Whether an entry's repository means this one. A `*` stands for any part of a name between two slashes. */
export const meansRepository = (pattern: string, repository: string): boolean => {
  const wanted = pattern.split('/');
  const given = repository.split('/');
  return wanted.length === given.length && wanted.every((part, index) => part === '*' || part === given[index]);
};

/** A digest under which the engine got an image from a registry, or gave it to one. */
export interface RepositoryDigest {
  readonly repository: string;
  readonly digest: string;
}

/** Reads what the engine lists as RepoDigests; what is no such digest (`<none>@<none>`) is left out. */
export const parseRepoDigest = (text: string): readonly RepositoryDigest[] => {
  const [name = '', digest = ''] = text.split('@');
  return /^[a-z0-9]+:[0-9a-f]{32,}$/.test(digest) ? [{ repository: repositoryName(name), digest }] : [];
};
