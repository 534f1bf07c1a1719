import type { Attack } from '../attack.ts';

const locked = (
  id: string,
  title: string,
  script: string,
  harm: RegExp,
  expected: RegExp,
  unharmed?: string,
): Attack => ({
  id,
  title,
  attempt: { kind: 'script', batches: ['locked'], script },
  outcome: 'refused',
  expected,
  harm,
  ...(unharmed === undefined ? {} : { unharmed }),
});

const GONE = 'the unmount before it has succeeded already, so that there is nothing to remount';

const DENIED =
  /permission denied|Permission denied|Operation not permitted|Read-only file system|Invalid argument|can't umount/u;
const WRITE = 'echo x >/ro/written && echo wrote to it; rm -f /ro/written';
const WROTE = /wrote to it/u;

/** Read-only mounts, to be made writable again. */
export const LOCKED: readonly Attack[] = [
  locked(
    '62',
    'mount -o remount,rw of a read-only volume',
    `mount -o remount,bind,rw none /ro; ${WRITE}`,
    WROTE,
    DENIED,
  ),
  locked('62 umount', 'unmounting a read-only volume', 'umount /ro && echo unmounted it', /unmounted it/u, DENIED),
  locked(
    '62 copy',
    'a bind mount of the read-only volume, made writable',
    'mkdir -p /tmp/c; mount --bind /ro /tmp/c && { mount -o remount,bind,rw none /tmp/c; echo x >/tmp/c/w && echo wrote to it; umount /tmp/c; }',
    WROTE,
    DENIED,
  ),
  locked(
    '62 unshare -m',
    'the same in a mount namespace of one’s own',
    `busybox unshare -m sh -c "mount -o remount,bind,rw none /ro; ${WRITE}"`,
    WROTE,
    DENIED,
    GONE,
  ),
  locked(
    '62 unshare -Urm',
    'the same in a user namespace of one’s own',
    `busybox unshare -U -r -m sh -c "mount -o remount,bind,rw none /ro; ${WRITE}"`,
    WROTE,
    DENIED,
    GONE,
  ),
  locked(
    '62 chroot',
    'the same in a chroot on a copy of the whole tree',
    `mkdir -p /tmp/r; mount --rbind / /tmp/r; busybox chroot /tmp/r /bin/sh -c "mount -o remount,bind,rw none /ro; ${WRITE}"; umount -l /tmp/r`,
    WROTE,
    DENIED,
    GONE,
  ),
  locked(
    '63',
    'a read-only root made writable',
    'mount -o remount,bind,rw none /; mount -o remount,rw none /; echo x >/written && echo wrote to it; rm -f /written',
    WROTE,
    DENIED,
  ),
  {
    id: '64',
    title: 'remounting a tmpfs of one’s own',
    attempt: {
      kind: 'script',
      batches: ['privileged', 'locked'],
      script:
        'mkdir -p /tmp/t && mount -t tmpfs none /tmp/t && mount -o remount,ro none /tmp/t && mount -o remount,rw none /tmp/t && echo x >/tmp/t/x && echo remounted; umount /tmp/t',
    },
    outcome: 'works',
    expected: /^remounted$/mu,
    harm: null,
  },
  locked(
    '65',
    'clearing nodev of the root',
    'mount -o remount,bind,dev none / && grep " / / " /proc/self/mountinfo | grep -qv nodev && echo cleared it',
    /cleared it/u,
    DENIED,
  ),
  {
    id: '68',
    title: 'writing /etc/hosts, which Docker puts there',
    attempt: {
      kind: 'script',
      batches: ['privileged'],
      script: 'echo "127.0.0.2 added" >>/etc/hosts && tail -n 1 /etc/hosts',
    },
    outcome: 'works',
    expected: /127\.0\.0\.2 added/u,
    harm: null,
  },
];
