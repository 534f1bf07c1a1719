import { buildContext, type Entry } from './archive.ts';
import { CHECK_LABEL, type Lab } from './lab.ts';

/** The query parameter `version` of POST /build (Docker Engine API v1.44). */
export const BUILDERS = { legacy: 1, buildKit: 2 } as const;
export type Builder = keyof typeof BUILDERS;

export interface BuildOptions {
  readonly builder: Builder;
  /** Lines of the Dockerfile; the last stage may leave what it saw at /results. */
  readonly lines: readonly string[];
  readonly files?: readonly Entry[];
  /** Results of earlier builds count, and cache mounts keep what they have. */
  readonly cached?: true;
  /** More of the query, each beginning with `&`. */
  readonly query?: string;
}

const tagOf = (builder: Builder): string => `bulkhead-check/build:${BUILDERS[builder]}`;

/** Builds. The builders report output in ways of their own; this is all of it, or the error. */
export const build = async (
  lab: Lab,
  { builder, lines, files = [], query = '', cached }: BuildOptions,
  tag: string = tagOf(builder),
): Promise<string> => {
  const version = BUILDERS[builder];
  const answer = await lab.request({
    method: 'POST',
    path: `/build?version=${version}&t=${tag}&forcerm=1${cached === undefined ? '&nocache=1' : ''}${query}`,
    body: buildContext([...lines, `LABEL ${CHECK_LABEL}=true`].join('\n'), files),
  });
  // An error in a build comes at the end of an answer that began well.
  const error = /^(?:ran: )?\{"errorDetail":.*"error":"((?:[^"\\]|\\.)*)"\}/mu.exec(answer)?.[1];
  return error === undefined ? answer : `refused: ${error}`;
};

/** Builds, and gives what the build left at /results, or the error. */
export const buildAndRead = async (lab: Lab, options: BuildOptions): Promise<string> => {
  const built = await build(lab, options);
  if (built.startsWith('refused')) return built;
  const tag = tagOf(options.builder);
  const seen = await lab.run('cat /results', { Image: tag });
  await lab.request({ method: 'DELETE', path: `/images/${tag}?force=1` });
  return seen.startsWith('refused') ? `refused: ${seen}; the build said: ${built.slice(-600)}` : seen;
};
