import type { Attack } from '../attack.ts';
import { build, buildAndRead, type Builder } from '../build.ts';
import type { Lab } from '../lab.ts';
import { encodeMessage } from '../protobuf.ts';
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

const SECRET = 'kept to itself';

/** A secret that a session has: in the step, and what is left of it in the image. */
const secret = (lab: Lab): Promise<string> =>
  // GetSecretResponse (buildkit, session/secrets/secrets.proto).
  lab.grpc.serve({ '/moby.buildkit.secrets.v1.Secrets/GetSecret': encodeMessage([[1, SECRET]]) }, async (session) => {
    const tag = 'bulkhead-check/secret:1';
    const line =
      'RUN --mount=type=secret,id=s stat -c "%u:%g %a" /run/secrets/s >/results; cat /run/secrets/s >>/results';
    const query = `&session=${session}`;
    const built = await build(lab, { builder: 'buildKit', lines: [`FROM ${lab.image}`, line], query }, tag);
    if (built.startsWith('refused')) return built;
    const seen = await lab.run('cat /results; echo; test -s /run/secrets/s && echo left || echo nothing left', {
      Image: tag,
    });
    await lab.request({ method: 'DELETE', path: `/images/${tag}?force=1` });
    return seen;
  });

const AGENT = '/moby.sshforward.v1.SSH';

/** An agent that a session forwards, and what it says when the step speaks to it (buildkit, session/sshforward/ssh.proto). */
const agent = (lab: Lab): Promise<string> =>
  lab.grpc.serve(
    { [`${AGENT}/CheckAgent`]: new Uint8Array(), [`${AGENT}/ForwardAgent`]: encodeMessage([[1, 'the agent answers']]) },
    (session) =>
      buildAndRead(lab, {
        builder: 'buildKit',
        lines: [
          `FROM ${lab.image}`,
          'RUN --mount=type=ssh stat -c "%F %u:%g %a" $SSH_AUTH_SOCK >/results; echo asked | attack converse $SSH_AUTH_SOCK >>/results',
        ],
        query: `&session=${session}`,
      }),
  );

/** Builds. */
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
  use(
    'secret',
    'RUN --mount=type=secret, of which nothing is left in the image',
    'docker build, BuildKit',
    /^ran: 0:0 400\nkept to itself\nnothing left$/u,
    secret,
  ),
  use('ssh', 'RUN --mount=type=ssh', 'docker build, BuildKit', /^ran: socket 0:0 600\nthe agent answers$/u, agent),
];
