import { ISOLATED_RUNTIME } from '../../shared/contract/engine.ts';

/** Seconds dockerd waits for containers without a stop timeout of their own; the host's deadline is above it. */
export const STOP_SECONDS = 10;

/** dockerd's configuration (Docker docs, dockerd: daemon configuration file). */
export const daemonOptions = (): Readonly<Record<string, unknown>> => ({
  'data-root': '/var/lib/docker',
  'storage-driver': 'overlay2',
  // The default runtime stays runc, as under Docker's ECI. Both names are the front; it tells them apart by its own name.
  runtimes: { [ISOLATED_RUNTIME]: { path: '/bulkhead/bin/sysbox-runc' } },
  'exec-opts': ['native.cgroupdriver=cgroupfs'],
  'default-cgroupns-mode': 'private',
  'shutdown-timeout': STOP_SECONDS,
  'live-restore': false,
  features: { 'containerd-snapshotter': false },
  builder: { Entitlements: { 'network-host': false, 'security-insecure': false } },
});
