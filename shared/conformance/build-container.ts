import type { GrpcAnswer, HangUp } from './grpc.ts';
import type { Lab } from './lab.ts';
import { type Entitlement, type HOST_NETWORK, imageDefinition, type INSECURE, shellProcess, solve } from './llb.ts';
import { bytesIn, decodeMessage, encodeMessage, type Field, textIn } from './protobuf.ts';

/*
 * Containers that a client of a build, or a frontend, has BuildKit make for processes of its own (buildkit 0.13,
 * frontend/gateway/pb/gateway.proto). `docker buildx debug` does so.
 */

export interface BuildContainer {
  readonly script: string;
  /** Which the client chooses. */
  readonly id?: string;
  readonly network?: typeof HOST_NETWORK;
  readonly security?: typeof INSECURE;
  readonly entitlements?: readonly Entitlement[];
}

/** NOT_FOUND: the engine does not know the build, or not yet (gRPC, "Status codes and their use in gRPC"). */
const NOT_FOUND = 5;
const POLL_MS = 500;

/** Fields of what comes from a process: what it wrote, how it ended, and that no more comes. */
const FILE = 3;
const EXIT = 6;
const DONE = 7;

const isDone: HangUp = (message) => decodeMessage(message).some(([number]) => number === DONE);

/** What the process wrote, or why it ended otherwise than well. */
const observationOf = ({ messages }: GrpcAnswer): string => {
  const written = messages.map((message) => textIn(bytesIn(message, FILE), 3)).join('');
  const error = messages.map((message) => textIn(bytesIn(bytesIn(message, EXIT), 2), 2)).join('');
  return error === '' ? `ran: ${written.trim()}` : `refused: ${written}${error}`;
};

/** Runs a shell line in a container of a build, and gives what it wrote or why it did not run. */
export const runInBuild = async (lab: Lab, container: BuildContainer): Promise<string> => {
  const { script, id = 'check', network, security, entitlements } = container;
  const reference = crypto.randomUUID();
  const metadata = { 'buildkit-controlapi-buildid': reference };
  const call = (method: string, fields: readonly Field[], hangUp: HangUp = 'at once'): Promise<GrpcAnswer> =>
    lab.grpc.call(`/moby.buildkit.v1.frontend.LLBBridge/${method}`, encodeMessage(fields), { metadata, hangUp });

  const whole = solve(lab, null, entitlements, reference);
  // Waited for below, unless a call fails first.
  whole.catch(() => undefined);
  const image = await imageDefinition(lab.image);
  /** The image's files as soon as the engine knows the build; null when that has ended. */
  const filesOf = async (): Promise<GrpcAnswer | null> => {
    const answer = await call('Solve', [[1, image]]);
    if (answer.status !== NOT_FOUND) return answer;
    const pause = new Promise<null>((resolve) => setTimeout(() => resolve(null), POLL_MS));
    return (await Promise.race([whole, pause])) === null ? filesOf() : null;
  };
  const files = await filesOf();
  if (files === null) return whole;

  const root = encodeMessage([
    [3, '/'],
    [23, textIn(files.messages[0] ?? new Uint8Array(), 1)],
  ]);
  const made = await call('NewContainer', [
    [1, id],
    [2, root],
    ...(network === undefined ? [] : [[3, network] as const]),
  ]);
  const init = encodeMessage([
    [1, id],
    [2, shellProcess(script)],
    // Its output and errors; with an input it would wait for its end.
    [3, 1],
    [3, 2],
    ...(security === undefined ? [] : [[5, security] as const]),
  ]);
  const ran =
    made.status === 0
      ? await call(
          'ExecProcess',
          [
            [1, 'process'],
            [2, init],
          ],
          isDone,
        )
      : made;
  // The build ends with an error of the client's own; one of neither error nor result would end this engine.
  await call('Return', [
    [
      2,
      encodeMessage([
        [1, 2],
        [2, 'over'],
      ]),
    ],
  ]);
  await whole;
  return ran.status === 0 ? observationOf(ran) : `refused: ${ran.message}`;
};
