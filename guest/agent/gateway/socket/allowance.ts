import type { DockerSocketPermissions } from '../../../../shared/contract/vm.ts';
import type { Engine, ImageView } from '../engine.ts';
import { Refusal, socketMountDenied } from '../refusal.ts';
import { repositoryName } from '../rules/image-name.ts';
import { type Entry, meansRepository, parseEntry, parseRepoDigest, type RepositoryDigest } from './references.ts';

/*
 * Whether an image may have the Docker socket.
 *
 * A local name proves nothing, since anybody can tag any image with it. What the engine knows is under which digests it got an
 * image from a repository's registry, or gave it to it (RepoDigests); neither `docker tag` nor `docker load` can make such an
 * entry (moby reference/store.go, AddTag). So entries with a digest, and those that allow every tag of a repository, are
 * decided by that alone, without a network. For an entry with a tag the registry is asked, through the engine and without
 * credentials, which digest that tag has now.
 */

/** Why a container may have the socket. */
export interface Allowance {
  /** The entry of the list, as it is written there. */
  readonly entry: string;
  /** The image is not the entry's own, but built from it. */
  readonly derived: boolean;
  readonly imageId: string;
}

/** Answers which digest a tag has at its registry. Throws a Refusal when it cannot be found out. */
export type AskRegistry = (reference: string) => Promise<string>;

const FRESH_MS = 120_000;

/** Asks the registry at most every two minutes for one reference; what it said last counts while it cannot be reached. */
export const createRegistry = (engine: Engine, now: () => number = Date.now): AskRegistry => {
  const known = new Map<string, { readonly digest: string; readonly at: number }>();
  return async (reference) => {
    const last = known.get(reference);
    if (last !== undefined && now() - last.at < FRESH_MS) return last.digest;
    try {
      const digest = await engine.registryDigest(reference);
      known.set(reference, { digest, at: now() });
      return digest;
    } catch (error) {
      if (last === undefined) throw error;
      return last.digest;
    }
  };
};

export interface Judges {
  readonly engine: Engine;
  readonly askRegistry: AskRegistry;
}

const digestsOf = (image: ImageView): readonly RepositoryDigest[] => image.repoDigests.flatMap(parseRepoDigest);

const isEntrys = async (entry: Entry, image: ImageView, askRegistry: AskRegistry): Promise<boolean> => {
  if (entry.kind === 'any') return true;
  const own = digestsOf(image).filter(({ repository }) => meansRepository(entry.repository, repository));
  if (entry.kind === 'digest') return own.some(({ digest }) => digest === entry.digest);
  if (entry.tag === null) return own.length > 0;
  for (const repository of new Set(own.map((each) => each.repository))) {
    const current = await askRegistry(`${repository}:${entry.tag}`);
    if (own.some((each) => each.repository === repository && each.digest === current)) return true;
  }
  return false;
};

/** Whether the layers of `base` are the first of the image's. */
const isBuiltFrom = (image: ImageView, base: ImageView): boolean =>
  base.layers.length > 0 &&
  base.layers.length <= image.layers.length &&
  base.layers.every((layer, index) => layer === image.layers[index]);

/** The images at hand that an image was built from. Only what came from no registry counts as built here. */
const basesOf = async (engine: Engine, image: ImageView): Promise<readonly ImageView[]> => {
  if (digestsOf(image).length > 0) return [];
  const bases: ImageView[] = [];
  for (const id of await engine.listRegistryImages()) {
    const base = await engine.inspectImage(id);
    if (base !== null && base.id !== image.id && isBuiltFrom(image, base)) bases.push(base);
  }
  return bases;
};

/** What may be an image's name or id, and is asked for as a part of a path. */
const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._\-/:@[\]]*$/;

/**
 * Finds the entry that allows a container of the image to have the socket. Throws a Refusal: 403 when there is none, 404 in the
 * engine's words when the image is not there yet, so that the client pulls it and asks again.
 */
export const allowanceFor = async (
  image: string,
  permissions: DockerSocketPermissions,
  { engine, askRegistry }: Judges,
): Promise<Allowance> => {
  const denied = socketMountDenied(repositoryName(image));
  if (permissions.images.length === 0 || !IMAGE.test(image) || /\.\.|\/\//.test(image)) throw denied;
  const view = await engine.inspectImage(image);
  if (view === null) throw new Refusal(404, `No such image: ${image}`);

  const unanswered: string[] = [];
  const entryOf = async (candidate: ImageView): Promise<string | null> => {
    for (const text of permissions.images) {
      try {
        if (await isEntrys(parseEntry(text), candidate, askRegistry)) return text;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (!unanswered.includes(error.message)) unanswered.push(error.message);
      }
    }
    return null;
  };

  const own = await entryOf(view);
  if (own !== null) return { entry: own, derived: false, imageId: view.id };
  for (const base of permissions.allowDerivedImages ? await basesOf(engine, view) : []) {
    const entry = await entryOf(base);
    if (entry !== null) return { entry, derived: true, imageId: view.id };
  }
  throw unanswered.length === 0 ? denied : new Refusal(403, `${denied.message} ${unanswered.join(' ')}`);
};
