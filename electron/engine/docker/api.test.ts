import { describe, expect, it } from 'vitest';
import { createConnect } from '../agent/connection.ts';
import { httpService } from '../testing/agent-server.ts';
import { startAgent } from '../testing/agent.ts';
import { addContainer, createFakeDocker, type FakeDockerOptions } from '../testing/docker.ts';
import { createDocker, decodeLogs } from './api.ts';
import { probe } from './probe.ts';

const never = new AbortController().signal;
const IMAGE = `sha256:${'a'.repeat(64)}`;

const dockerWith = async (options: Partial<FakeDockerOptions> = {}) => {
  const fake = createFakeDocker(() => ({ runtime: 'sysbox-runc', output: '  0  100000  65536\n', ...options }));
  const agent = await startAgent({ docker: httpService(fake.handler) });
  return { fake, docker: createDocker(createConnect(agent)) };
};

describe('the Docker API client', () => {
  it('lists containers with their runtimes', async () => {
    const { fake, docker } = await dockerWith();
    addContainer(fake, 'web', 'runc', 'running');
    addContainer(fake, 'old\u001B[31m', 'sysbox-runc', 'exited');
    const list = await docker.list(never);
    expect(list.map(({ name, image, running, runtime }) => ({ name, image, running, runtime }))).toEqual([
      { name: 'web', image: 'nginx', running: true, runtime: 'runc' },
      { name: 'old [31m', image: 'nginx', running: false, runtime: 'sysbox-runc' },
    ]);
  });

  it('knows its own probes from containers that only look like one', async () => {
    const { fake, docker } = await dockerWith();
    addContainer(fake, 'bulkhead-probe-1', 'runc', 'exited', { 'org.bulkhead.probe': 'true' });
    addContainer(fake, 'bulkhead-probe-2', 'runc', 'exited');
    addContainer(fake, 'mine', 'runc', 'exited', { 'org.bulkhead.probe': 'true' });
    expect((await docker.list(never)).map(({ name }) => name)).toEqual(['bulkhead-probe-2', 'mine']);
    await probe(docker, IMAGE, () => 'now', never);
    expect([...fake.containers.values()].map(({ name }) => name)).toEqual(['bulkhead-probe-2', 'mine']);
  });

  it('stops a container before removing it, and is content when it is gone already', async () => {
    const { fake, docker } = await dockerWith();
    addContainer(fake, 'web', 'runc', 'running');
    const [id = ''] = fake.containers.keys();
    await docker.remove(id, 10, never);
    expect(fake.requests).toEqual(['POST /v1.44/containers/ID/stop', 'DELETE /v1.44/containers/ID']);
    expect(fake.containers.size).toBe(0);
    await docker.remove(id, 10, never);
  });

  it("rejects with Docker's own words", async () => {
    const { docker } = await dockerWith();
    await expect(docker.start('f'.repeat(64), never)).rejects.toThrow(/^No such container: f+$/);
  });
});

describe('log frames', () => {
  it('are joined, and a cut one ends them', () => {
    const frames = Buffer.from([
      1, 0, 0, 0, 0, 0, 0, 2, 65, 66, 2, 0, 0, 0, 0, 0, 0, 1, 67, 1, 0, 0, 0, 0, 0, 0, 9, 68,
    ]);
    expect(decodeLogs(frames)).toBe('ABCD');
    expect(decodeLogs(frames.subarray(0, 14))).toBe('AB');
    expect(decodeLogs(Buffer.alloc(0))).toBe('');
  });
});

describe('the probe container', () => {
  const measure = async (options: Partial<FakeDockerOptions>) => {
    const { fake, docker } = await dockerWith(options);
    const result = probe(docker, IMAGE, () => 'now', never);
    await result.catch(() => undefined);
    return { fake, result };
  };

  it('reports the map that it read and leaves nothing behind', async () => {
    const { fake, result } = await measure({});
    await expect(result).resolves.toEqual({
      enforced: true,
      uidMap: '0 100000 65536',
      runtime: 'sysbox-runc',
      measuredAt: 'now',
    });
    expect(fake.containers.size).toBe(0);
  });

  it('is not impressed by the name of a runtime', async () => {
    const { result } = await measure({ runtime: 'sysbox-runc', output: '         0          0 4294967295\n' });
    await expect(result).resolves.toMatchObject({ enforced: false, uidMap: '0 0 4294967295' });
  });

  it('is no measurement when the container fails, and is removed then too', async () => {
    const { fake, result } = await measure({ exitCode: 127, output: 'cat: not found' });
    await expect(result).rejects.toThrow('the probe container ended with code 127: cat: not found');
    expect(fake.containers.size).toBe(0);
  });
});
