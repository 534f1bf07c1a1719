import type { ContainerConfig } from './lab.ts';

/** The ways in which a program gets into a container. */
export const BATCHES = ['run', 'privileged', 'unconfined', 'exec', 'locked', 'legacy build', 'build'] as const;
export type Batch = (typeof BATCHES)[number];

export const DOORS: Readonly<Record<Batch, string>> = {
  run: 'docker run',
  privileged: 'docker run --privileged',
  unconfined: 'docker run --cap-add ALL --security-opt …=unconfined',
  exec: 'docker exec --privileged',
  locked: 'docker run --privileged --read-only -v …:ro',
  'legacy build': 'docker build, legacy builder, RUN',
  build: 'docker build, BuildKit, RUN',
};

/** Beside /ro the volume is at /rw too, so that scripts can prepare it. */
export const LOCKED_VOLUME = 'bulkhead-check-locked';

const UNCONFINED = {
  SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined', 'label=disable', 'no-new-privileges=false'],
  // What `systempaths=unconfined` becomes on the wire.
  MaskedPaths: [],
  ReadonlyPaths: [],
};

/** The containers of the batches that have one of their own. */
export const CONTAINERS: Readonly<Record<Exclude<Batch, 'build' | 'legacy build'>, ContainerConfig>> = {
  run: {},
  privileged: { HostConfig: { Privileged: true } },
  unconfined: { HostConfig: { ...UNCONFINED, CapAdd: ['ALL'] } },
  // What `docker exec --privileged` gives are capabilities; nothing else is to hold it back.
  exec: { HostConfig: { ...UNCONFINED, DeviceCgroupRules: ['a *:* rwm'] } },
  locked: {
    HostConfig: {
      Privileged: true,
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': '' },
      Binds: [`${LOCKED_VOLUME}:/ro:ro`, `${LOCKED_VOLUME}:/rw`],
    },
  },
};
