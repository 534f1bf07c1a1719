import type { EngineWarning } from './engine.ts';
import type { Share } from './sharing.ts';

/** Where requests go instead of straight to their target; a field that is empty sends them straight. */
export interface ProxyServers {
  /** URLs such as "http://proxy.example:3128"; empty for none. */
  readonly http: string;
  readonly https: string;
  /** Hosts, domains and networks that are reached directly, as in NO_PROXY. */
  readonly exclude: readonly string[];
}

/** Which isolated containers may have the Docker socket, and for what (Docker's manual, ECI: "Docker socket mount permissions"). */
export interface DockerSocketPermissions {
  /** References such as "docker.io/localstack/localstack:*", digests, or "*"; empty allows none. */
  readonly images: readonly string[];
  /** Images built from an allowed one are allowed too. */
  readonly allowDerivedImages: boolean;
  /** Whether `commands` are the ones that are refused, or the only ones that are not. */
  readonly commandListType: 'deny' | 'allow';
  /** Names of Docker's commands such as "push", or of a group such as "image*". */
  readonly commands: readonly string[];
}

/** A directory of the host that containers may be given; it has the same path in the VM. */
export interface SharedDirectory {
  /** Absolute, without symbolic links. */
  readonly path: string;
}

/** What the effective settings decide inside the VM. */
export interface VmSettings {
  readonly isolation: boolean;
  /** Size of the VM's swap file; 0 for none. */
  readonly swapMiB: number;
  /** Attributes of dockerd's configuration file that the user or the administrator has set. */
  readonly daemonOptions: Readonly<Record<string, unknown>>;
  /** What dockerd uses for pulls and pushes, and what containers and builds are told in their environment; null for none. */
  readonly proxy: ProxyServers | null;
  readonly blockDockerLoad: boolean;
  /** Container networks have IPv6 addresses beside the IPv4 ones. */
  readonly ipv6: boolean;
  readonly dockerSocket: DockerSocketPermissions;
  readonly sharedDirectories: readonly SharedDirectory[];
}

/**
 * What the host tells the VM at boot, as JSON in the fw_cfg blob `opt/bulkhead/config`
 * (QEMU docs, specs/fw_cfg). It cannot change while the VM runs.
 */
export interface VmConfig {
  readonly version: 2;
  readonly settings: VmSettings;
  /** The data disk was never reported mounted, so the guest may format it. */
  readonly mayFormatDataDisk: boolean;
  /** Those of the shared directories that the host serves. */
  readonly shares: readonly Share[];
  /** Pre-shared keys of this boot, one for each service, 32 bytes in hex: RFC 4279 / TLS 1.2 ECDHE-PSK. */
  readonly keys: Readonly<Record<PskIdentity, string>>;
}

/** TCP port of the agent in the guest; the PSK identity says which service is meant. */
export const AGENT_PORT = 7070;
export const PSK_IDENTITIES = ['control', 'docker', 'ports'] as const;
export type PskIdentity = (typeof PSK_IDENTITIES)[number];
/** ECDHE for forward secrecy, ChaCha20 because a guest without hardware AES is common; in OpenSSL and BoringSSL alike. */
export const PSK_CIPHER = 'ECDHE-PSK-CHACHA20-POLY1305';

/**
 * One JSON object a line, written by the guest to its second serial port (ttyS1), guest to host only.
 * They tell the host how far the boot is; they carry no authority.
 */
export type VmEvent =
  | { readonly event: 'userland' }
  | { readonly event: 'dataMounted' }
  | { readonly event: 'agentReady' }
  | { readonly event: 'engineReady' }
  /** After a shutdown was asked for: the containers and Docker Engine have ended, the data disk goes next. */
  | { readonly event: 'engineStopped' }
  | { readonly event: 'failed'; readonly step: string; readonly message: string };

/** GET /status on the control service. */
export interface VmStatus {
  readonly bootId: string;
  /** What the VM was booted with, as it understood it. */
  readonly settings: VmSettings;
  readonly engine: 'starting' | 'ready' | 'failed';
  readonly message: string | null;
  /** What the VM could not do as it was told, complete once the engine is ready. */
  readonly warnings: readonly EngineWarning[];
  /** Image id (sha256:…) of the probe image, loaded once the engine is ready. */
  readonly probeImage: string | null;
}

/**
 * Control service routes (HTTP/1.1 over the `control` identity):
 *   GET  /status    -> VmStatus
 *   GET  /engine    -> answers with VmStatus once `engine` is ready or failed (long poll; the caller sets the deadline)
 *   POST /shutdown  -> 202, then containers get their stop signal (body {"graceSeconds": n}), the data disk is
 *                      unmounted and the VM powers off; progress is visible only by QEMU's exit
 */
export const CONTROL_ROUTES = { status: '/status', engine: '/engine', shutdown: '/shutdown' } as const;

export interface ImageFile {
  readonly name: string;
  readonly sha256: string;
  readonly size: number;
}

/** Files of a built image, next to each other in one content-addressed directory. */
export interface ImageManifest {
  readonly version: 1;
  /** sha256 over all inputs; also the directory's name. */
  readonly id: string;
  readonly arch: string;
  readonly files: {
    readonly [K in 'kernel' | 'initramfs' | 'system' | 'bulkhead' | 'dockerCli']: ImageFile;
  };
  /** The server of shared directories with its libraries and their loader, for the host. */
  readonly fileServer: readonly ImageFile[];
  readonly probeImage: string;
}
