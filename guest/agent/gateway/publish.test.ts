import { describe, expect, it, onTestFinished } from 'vitest';
import { startRig } from './testing/rig.ts';

describe.each([true, false])('the start of a container, isolation %s', (isolation) => {
  const START = '/containers/one/start';

  it('is answered when the host listens for its ports', async () => {
    const rig = await startRig(isolation, {});
    onTestFinished(() => rig.close());
    expect((await rig.ask('POST', START)).status).toBe(200);
    expect(rig.happened.slice(-2)).toEqual([`POST ${START}`, 'ports of one']);
  });

  it("is refused in the host's words when it cannot, and never reaches the engine", async () => {
    const portProblem = 'Ports are not available: exposing port TCP 0.0.0.0:80: listen tcp 0.0.0.0:80: bind: …';
    const rig = await startRig(isolation, { portProblem });
    onTestFinished(() => rig.close());
    const { status, body } = await rig.ask('POST', START);
    expect({ status, body: JSON.parse(body) as unknown }).toEqual({ status: 500, body: { message: portProblem } });
    expect(rig.happened).not.toContain(`POST ${START}`);
  });
});
