import { CREATE_EXEC, START_EXEC, UPDATE_CONTAINER } from '../json/bodies.ts';
import { withMembers } from '../json/shape.ts';
import { Refusal } from '../refusal.ts';
import { FORWARD, type Handler } from '../routes.ts';
import { bringUpToDate } from './fresh-view.ts';
import { vetNetworks } from './networks.ts';

/** POST /containers/{name}/start with isolation on. */
export const startContainer: Handler = async ({ name, query }, { engine }) => {
  if (query.some(([parameter, value]) => /^checkpoint(?:-dir)?$/.test(parameter) && value !== '')) {
    throw new Refusal(
      403,
      'enhanced container isolation: a container cannot be started from a checkpoint, because its processes would come back ' +
        'as they were, past the checks of the runtime',
    );
  }
  await vetNetworks(engine, async () => (await engine.inspectContainer(name))?.networks ?? []);
  return { kind: 'forward', query };
};

/** POST /containers/{name}/restart with isolation on. */
export const restartContainer: Handler = async ({ name, query }, { engine }) => {
  await vetNetworks(engine, async () => (await engine.inspectContainer(name))?.networks ?? []);
  return { kind: 'forward', query };
};

/** What a running container has of devices and its control group is the runtime front's to give. */
const NOT_UPDATED = ['Devices', 'DeviceCgroupRules', 'DeviceRequests', 'CgroupParent'] as const;

/** POST /containers/{name}/update with isolation on: limits and the restart policy. */
export const updateContainer: Handler = async (request) => {
  const body = await request.json(UPDATE_CONTAINER);
  if (body === null) return FORWARD;
  return { kind: 'replace', body: withMembers(body, Object.fromEntries(NOT_UPDATED.map((name) => [name, undefined]))) };
};

/** POST /containers/{name}/exec with isolation on. `Privileged` is privileged in the container's own user namespace. */
export const createExec: Handler = async (request, { engine, pauses }) => {
  const body = await request.json(CREATE_EXEC);
  // The engine refuses to do it in a container that is paused, which a copy should not cause.
  if (pauses.any()) await pauses.settled((await engine.inspectContainer(request.name))?.id ?? '');
  return body === null ? FORWARD : { kind: 'replace', body };
};

/**
 * POST /exec/{name}/start with isolation on. The engine looks the user up by name in its own view of the container's files
 * (moby daemon/exec_linux.go, execSetPlatformOpt), so that view is brought up to date at this moment.
 */
export const startExec: Handler = async (request, surroundings) => {
  const body = await request.json(START_EXEC);
  const exec = await surroundings.engine.inspectExec(request.name);
  if (exec !== null) await surroundings.pauses.settled(exec.container);
  if (exec !== null && exec.user !== '') {
    await bringUpToDate(await surroundings.engine.inspectContainer(exec.container), surroundings);
  }
  return body === null ? FORWARD : { kind: 'replace', body };
};
