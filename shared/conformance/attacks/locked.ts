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

const DENIED =
  /permission denied|Permission denied|Operation not permitted|Read-only file system|Invalid argument|can't umount/u;
const WROTE = /wrote to it/u;

/** What is tried on a mount that is read-only when it begins; where it is not any more, the script says so. */
const remounting = (mount: string, file: string): { readonly before: string; readonly attempt: string } => ({
  before: `mount -o remount,bind,ro none ${mount} 2>/dev/null; if ( : >${file} ) 2>/dev/null; then echo it was writable before; exit; fi`,
  attempt: `mount -o remount,bind,rw none ${mount}; echo x >${file} && echo wrote to it; rm -f ${file}`,
});
const VOLUME = remounting('/ro', '/ro/written');
const ROOT = remounting('/', '/written');

/** Where `$INNER` may be tried, so that the mounts are not those that the container was given but copies of them. */
const PLACES = [
  { name: 'unshare -m', title: 'in a mount namespace of one’s own', script: 'busybox unshare -m sh -c "$INNER"' },
  {
    name: 'unshare -Urm',
    title: 'in a user namespace of one’s own',
    script: 'busybox unshare -U -r -m sh -c "$INNER"',
    unharmed: 'a user namespace of one’s own locks the mounts that it inherits, with isolation off too',
  },
  {
    name: 'chroot',
    title: 'in a chroot on a copy of the whole tree',
    script: 'mkdir -p /tmp/r; mount --rbind / /tmp/r; busybox chroot /tmp/r /bin/sh -c "$INNER"; umount -l /tmp/r',
  },
  {
    name: 'pivot_root',
    title: 'after pivot_root to a copy of the whole tree',
    script:
      'mkdir -p /tmp/p; busybox unshare -m sh -c \'mount --rbind / /tmp/p && cd /tmp/p && busybox pivot_root . tmp && cd / && umount -l /tmp && sh -c "$INNER"\'',
  },
] as const;

const places = (id: string, title: string, { before, attempt }: typeof VOLUME): readonly Attack[] =>
  PLACES.map((place) =>
    locked(
      `${id} ${place.name}`,
      `${title} ${place.title}`,
      `${before}; export INNER='${attempt}'; ${place.script}`,
      WROTE,
      DENIED,
      'unharmed' in place ? place.unharmed : undefined,
    ),
  );

/** A root of its own, with the volume in it and its own processes. */
const NESTED = [
  'mount -t tmpfs none /tmp/n; mkdir /tmp/n/bin /tmp/n/ro /tmp/n/proc',
  'mount --bind /bin /tmp/n/bin; mount --bind /ro /tmp/n/ro; mount -t proc proc /tmp/n/proc',
  'exec busybox chroot /tmp/n /bin/sh -c "$INNER"',
].join('; ');

/** Read-only mounts, to be made writable again. */
export const LOCKED: readonly Attack[] = [
  locked('62', 'mount -o remount,rw of a read-only volume', `${VOLUME.before}; ${VOLUME.attempt}`, WROTE, DENIED),
  locked(
    '62 copy',
    'a bind mount of the read-only volume, made writable',
    `${VOLUME.before}; mkdir -p /tmp/c; mount --bind /ro /tmp/c && { mount -o remount,bind,rw none /tmp/c; echo x >/tmp/c/w && echo wrote to it; umount /tmp/c; }`,
    WROTE,
    DENIED,
  ),
  ...places('62', 'a read-only volume made writable', VOLUME),
  locked(
    '62 nested',
    'a read-only volume made writable in a container inside the container',
    `${VOLUME.before}; mkdir -p /tmp/n; export INNER='${VOLUME.attempt}'; busybox unshare -m -p -f sh -c '${NESTED}'`,
    WROTE,
    DENIED,
  ),
  locked('62 umount', 'unmounting a read-only volume', 'umount /ro && echo unmounted it', /unmounted it/u, DENIED),
  locked('63', 'a read-only root made writable', `${ROOT.before}; ${ROOT.attempt}`, WROTE, DENIED),
  ...places('63', 'a read-only root made writable', ROOT),
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
