import { digestOf } from './digest.ts';
import type { Lab } from './lab.ts';
import { encodeMessage, type Field } from './protobuf.ts';

/*
 * Builds in BuildKit's own language, as its frontends and `docker buildx` send them (buildkit 0.13, solver/pb/ops.proto and
 * api/services/control/control.proto), as far as they are needed here.
 */

/** `network` of a step or a container: the VM's. */
export const HOST_NETWORK = 1;
/** `security` of a step or a process: everything that the engine itself may do. */
export const INSECURE = 1;

/** A step of a build. */
export interface Step {
  readonly script: string;
  readonly network?: typeof HOST_NETWORK;
  readonly security?: typeof INSECURE;
  readonly workingDirectory?: string;
  /** More mounts of the image beside the step's root. */
  readonly mounts?: readonly { readonly selector: string; readonly destination: string }[];
}

/** The first output of an operation as what another begins with. */
const inputFrom = async (operation: Uint8Array<ArrayBuffer>): Promise<Field> => [
  1,
  encodeMessage([[1, await digestOf(operation)]]),
];

/** The operation that gets an image that the engine has. */
const imageSource = (image: string): Uint8Array<ArrayBuffer> =>
  encodeMessage([[3, encodeMessage([[1, `docker-image://docker.io/${image}`]])]]);

/** A shell line as a process (Meta). */
export const shellProcess = (script: string, workingDirectory = '/'): Uint8Array =>
  encodeMessage([
    [1, 'sh'],
    [1, '-c'],
    [1, script],
    [2, 'PATH=/bin'],
    [3, workingDirectory],
  ]);

/** The definition of what these operations end with. */
const definitionOf = async (
  before: readonly Uint8Array<ArrayBuffer>[],
  last: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> => {
  const result = encodeMessage([await inputFrom(last)]);
  return encodeMessage([...before, last, result].map((operation): Field => [1, operation]));
};

/** The definition of an image's files as they are. */
export const imageDefinition = (image: string): Promise<Uint8Array> => definitionOf([], imageSource(image));

/** The definition of one step in an image. */
export const stepDefinition = async (image: string, step: Step): Promise<Uint8Array> => {
  const { script, network, security, workingDirectory, mounts = [] } = step;
  const base = imageSource(image);
  const execution = encodeMessage([
    [1, shellProcess(script, workingDirectory)],
    [2, encodeMessage([[3, '/']])],
    ...mounts.map(({ selector, destination }): Field => [
      2,
      encodeMessage([
        [2, selector],
        [3, destination],
      ]),
    ]),
    ...(network === undefined ? [] : [[3, network] as const]),
    ...(security === undefined ? [] : [[4, security] as const]),
  ]);
  return definitionOf([base], encodeMessage([await inputFrom(base), [2, execution]]));
};

/** What a build asks the engine to be allowed (buildkit, util/entitlements). */
export type Entitlement = 'network.host' | 'security.insecure';

/**
 * Has the engine build, without a result for the client. The observation is that of a request; the error of a step says its
 * exit code. Without a definition the build lasts, and what it does comes in calls with its `reference`, until one ends it.
 */
export const solve = async (
  { grpc }: Lab,
  definition: Uint8Array | null,
  entitlements: readonly Entitlement[] = [],
  reference: string = crypto.randomUUID(),
): Promise<string> => {
  const request = encodeMessage([
    [1, reference],
    ...(definition === null ? [] : [[2, definition] as const]),
    ...entitlements.map((entitlement): Field => [9, entitlement]),
  ]);
  const { status, message } = await grpc.call('/moby.buildkit.v1.Control/Solve', request);
  return status === 0 ? 'ran: ' : `refused: ${message}`;
};
