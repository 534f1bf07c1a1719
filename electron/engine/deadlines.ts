/**
 * Every deadline of the engine, in milliseconds. They are generous because a VM without hardware virtualisation is
 * several times slower; a healthy one with it stays far below each of them.
 */
export const STEP_DEADLINES = {
  image: 60_000,
  accelerator: 30_000,
  boot: 120_000,
  engine: 180_000,
  verify: 120_000,
  containers: 30_000,
  /** Used instead of `containers` when the containers are removed first. */
  removeContainers: 120_000,
  powerOff: 20_000,
  /** From telling QEMU to quit to giving up on a process that even SIGKILL does not end. */
  forcedPowerOff: 20_000,
} as const;

/** How long a probe guest may take to its first line before its accelerator counts as unusable. */
export const PROBE_DEADLINE = 5_000;
/** One QMP command, greeting included. QEMU answers within milliseconds or not at all. */
export const QMP_DEADLINE = 5_000;
/** From spawning QEMU to its monitor answering. */
export const MONITOR_DEADLINE = 20_000;
/** How long QEMU gets to end by itself after `quit` before it is killed. */
export const QUIT_DEADLINE = 5_000;
/** TCP connect plus TLS handshake with the agent; an emulated guest needs tenths of a second for its part, or many seconds when it starts dozens of containers. */
export const HANDSHAKE_DEADLINE = 60_000;
/** A short question to the agent. */
export const CONTROL_DEADLINE = 15_000;
/** One request to the Docker API that does not wait for a container. */
export const DOCKER_DEADLINE = 60_000;
/** A deep check, some dozens of containers one after the other. */
export const DEEP_CHECK_DEADLINE = 30 * 60_000;
/** Seconds that containers get between their stop signal and SIGKILL, as `docker stop` gives them by default. */
export const STOP_GRACE_SECONDS = 10;
/** The same when a start is given up: nothing of the user's has been running for long. */
export const CANCEL_GRACE_SECONDS = 1;
