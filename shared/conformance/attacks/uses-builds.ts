import type { Attack } from '../attack.ts';
import { buildAndRead, type Builder } from '../build.ts';
import type { Lab } from '../lab.ts';
import { use } from './use.ts';

/** Stages, owners, a file of the context, an archive of it that is unpacked, and an argument. */
const stages = (builder: Builder) => (lab: Lab) =>
  buildAndRead(lab, {
    builder,
    lines: [
      `FROM ${lab.image} AS first`,
      'RUN echo made >/made; chown 65534:65534 /made',
      `FROM ${lab.image}`,
      'ARG WORD=unset',
      'COPY --from=first /made /kept',
      'COPY --from=first --chown=1000:1000 /made /given',
      'ADD file /added',
      'USER 1000',
      'RUN >/tmp/own',
      'USER root',
      'RUN echo $(stat -c %u:%g /kept /given /added /tmp/own) $(cat /given /added) $WORD >/results',
    ],
    files: [{ name: 'file', content: 'added\n' }],
    query: `&buildargs=${encodeURIComponent(JSON.stringify({ WORD: 'given' }))}`,
  });

const BUILT = /^ran: 65534:65534 1000:1000 0:0 1000:\d+ made added given$/u;

/** Counts in a cache mount, over two builds. */
const cacheMount = async (lab: Lab): Promise<string> => {
  const id = `bulkhead-check-${Date.now()}`;
  const line = (at: number) =>
    `RUN --mount=type=cache,id=${id},target=/c : ${at}; echo x >>/c/count; wc -l </c/count >/results; stat -c %u /c/count >>/results`;
  const builds: string[] = [];
  for (let at = 0; at < 2; at += 1) {
    builds.push(await buildAndRead(lab, { builder: 'buildKit', lines: [`FROM ${lab.image}`, line(at)], cached: true }));
  }
  return builds.join(', ');
};

const mounts = (lab: Lab): Promise<string> =>
  buildAndRead(lab, {
    builder: 'buildKit',
    lines: [
      `FROM ${lab.image} AS first`,
      'RUN echo made >/made',
      `FROM ${lab.image}`,
      'RUN --mount=type=tmpfs,target=/t --mount=type=bind,from=first,target=/first --mount=type=bind,target=/context echo $(cat /first/made /context/file) >/t/kept && cat /t/kept >/results',
    ],
    files: [{ name: 'file', content: 'from the context\n' }],
  });

/** Builds. A secret needs a session with its client, which a plain one does not have. */
export const USES_BUILDS: readonly Attack[] = [
  use('stages legacy', 'stages, COPY --chown, ADD, ARG, USER', 'docker build, legacy builder', BUILT, stages('legacy')),
  use('stages', 'stages, COPY --chown, ADD, ARG, USER', 'docker build, BuildKit', BUILT, stages('buildKit')),
  use(
    'cache',
    'RUN --mount=type=cache, kept between builds',
    'docker build, BuildKit',
    /^ran: 1\n0, ran: 2\n0$/u,
    cacheMount,
  ),
  use(
    'mounts',
    'RUN --mount of a tmpfs, a stage and the context',
    'docker build, BuildKit',
    /^ran: made from the context$/u,
    mounts,
  ),
];
