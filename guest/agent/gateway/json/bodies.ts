import {
  anything,
  boolean,
  booleanPointer,
  list,
  map,
  number,
  numberPointer,
  type Shape,
  string,
  struct,
  structPointer,
  words,
} from './shape.ts';

/*
 * The request bodies that the gateway reads, as Docker Engine 26.1 declares them (API 1.45: api/types/container,
 * api/types/mount, api/types/network, api/types/volume). A field that is missing here does not reach the engine: with a newer
 * engine these lists have to be read again.
 */

const texts = list(string);
const textMap = map(string);
const throttles = list(struct({ Path: string, Rate: number }));

const CONFIG = {
  Hostname: string,
  Domainname: string,
  User: string,
  AttachStdin: boolean,
  AttachStdout: boolean,
  AttachStderr: boolean,
  ExposedPorts: map(struct({})),
  Tty: boolean,
  OpenStdin: boolean,
  StdinOnce: boolean,
  Env: texts,
  Cmd: words,
  Healthcheck: structPointer({
    Test: texts,
    Interval: number,
    Timeout: number,
    StartPeriod: number,
    StartInterval: number,
    Retries: number,
  }),
  ArgsEscaped: boolean,
  Image: string,
  Volumes: map(struct({})),
  WorkingDir: string,
  Entrypoint: words,
  NetworkDisabled: boolean,
  MacAddress: string,
  OnBuild: texts,
  Labels: textMap,
  StopSignal: string,
  StopTimeout: numberPointer,
  Shell: words,
} as const;

const RESOURCES = {
  CpuShares: number,
  Memory: number,
  NanoCpus: number,
  CgroupParent: string,
  BlkioWeight: number,
  BlkioWeightDevice: list(struct({ Path: string, Weight: number })),
  BlkioDeviceReadBps: throttles,
  BlkioDeviceWriteBps: throttles,
  BlkioDeviceReadIOps: throttles,
  BlkioDeviceWriteIOps: throttles,
  CpuPeriod: number,
  CpuQuota: number,
  CpuRealtimePeriod: number,
  CpuRealtimeRuntime: number,
  CpusetCpus: string,
  CpusetMems: string,
  Devices: list(struct({ PathOnHost: string, PathInContainer: string, CgroupPermissions: string })),
  DeviceCgroupRules: texts,
  DeviceRequests: list(
    struct({ Driver: string, Count: number, DeviceIDs: texts, Capabilities: list(texts), Options: textMap }),
  ),
  KernelMemory: number,
  KernelMemoryTCP: number,
  MemoryReservation: number,
  MemorySwap: number,
  MemorySwappiness: numberPointer,
  OomKillDisable: booleanPointer,
  PidsLimit: numberPointer,
  Ulimits: list(struct({ Name: string, Hard: number, Soft: number })),
  CpuCount: number,
  CpuPercent: number,
  IOMaximumIOps: number,
  IOMaximumBandwidth: number,
} as const;

const MOUNT = struct({
  Type: string,
  Source: string,
  Target: string,
  ReadOnly: boolean,
  Consistency: string,
  BindOptions: structPointer({
    Propagation: string,
    NonRecursive: boolean,
    CreateMountpoint: boolean,
    ReadOnlyNonRecursive: boolean,
    ReadOnlyForceRecursive: boolean,
  }),
  VolumeOptions: structPointer({
    NoCopy: boolean,
    Labels: textMap,
    Subpath: string,
    DriverConfig: structPointer({ Name: string, Options: textMap }),
  }),
  TmpfsOptions: structPointer({ SizeBytes: number, Mode: number }),
  ClusterOptions: structPointer({}),
});

const HOST_CONFIG = {
  Binds: texts,
  ContainerIDFile: string,
  LogConfig: struct({ Type: string, Config: textMap }),
  NetworkMode: string,
  PortBindings: map(list(struct({ HostIp: string, HostPort: string }))),
  RestartPolicy: struct({ Name: string, MaximumRetryCount: number }),
  AutoRemove: boolean,
  VolumeDriver: string,
  VolumesFrom: texts,
  ConsoleSize: list(number),
  Annotations: textMap,
  CapAdd: words,
  CapDrop: words,
  CgroupnsMode: string,
  Dns: texts,
  DnsOptions: texts,
  DnsSearch: texts,
  ExtraHosts: texts,
  GroupAdd: texts,
  IpcMode: string,
  Cgroup: string,
  Links: texts,
  OomScoreAdj: number,
  PidMode: string,
  Privileged: boolean,
  PublishAllPorts: boolean,
  ReadonlyRootfs: boolean,
  SecurityOpt: texts,
  StorageOpt: textMap,
  Tmpfs: textMap,
  UTSMode: string,
  UsernsMode: string,
  ShmSize: number,
  Sysctls: textMap,
  Runtime: string,
  Isolation: string,
  ...RESOURCES,
  Mounts: list(MOUNT),
  MaskedPaths: texts,
  ReadonlyPaths: texts,
  Init: booleanPointer,
} as const;

const ENDPOINT = structPointer({
  IPAMConfig: structPointer({ IPv4Address: string, IPv6Address: string, LinkLocalIPs: texts }),
  Links: texts,
  Aliases: texts,
  MacAddress: string,
  NetworkID: string,
  EndpointID: string,
  Gateway: string,
  IPAddress: string,
  IPPrefixLen: number,
  IPv6Gateway: string,
  GlobalIPv6Address: string,
  GlobalIPv6PrefixLen: number,
  DriverOpts: textMap,
  DNSNames: texts,
});

export const HOST_CONFIG_NAMES: readonly string[] = Object.keys(HOST_CONFIG);

/**
 * Body of POST /containers/create. The engine also reads the fields of HostConfig, and Cpuset, at the top level
 * (moby runconfig/config_unix.go, ContainerConfigWrapper), so they are part of the shape.
 */
export const CREATE_CONTAINER: Shape = struct({
  ...CONFIG,
  ...HOST_CONFIG,
  Cpuset: string,
  HostConfig: structPointer(HOST_CONFIG),
  NetworkingConfig: structPointer({ EndpointsConfig: map(ENDPOINT) }),
});

/** Body of POST /volumes/create. */
export const CREATE_VOLUME: Shape = struct({
  Name: string,
  Driver: string,
  DriverOpts: textMap,
  Labels: textMap,
  ClusterVolumeSpec: anything,
});

/** Body of POST /networks/create. */
export const CREATE_NETWORK: Shape = struct({
  Name: string,
  CheckDuplicate: boolean,
  Driver: string,
  Scope: string,
  EnableIPv6: boolean,
  IPAM: structPointer({
    Driver: string,
    Options: textMap,
    Config: list(struct({ Subnet: string, IPRange: string, Gateway: string, AuxiliaryAddresses: textMap })),
  }),
  Internal: boolean,
  Attachable: boolean,
  Ingress: boolean,
  ConfigOnly: boolean,
  ConfigFrom: structPointer({ Network: string }),
  Options: textMap,
  Labels: textMap,
});

/** Body of POST /networks/{id}/connect. */
export const CONNECT_NETWORK: Shape = struct({ Container: string, EndpointConfig: ENDPOINT });

/** Body of POST /networks/{id}/disconnect. */
export const DISCONNECT_NETWORK: Shape = struct({ Container: string, Force: boolean });

/** Body of POST /containers/{name}/update. */
export const UPDATE_CONTAINER: Shape = struct({
  ...RESOURCES,
  RestartPolicy: struct({ Name: string, MaximumRetryCount: number }),
});

/** Body of POST /containers/{name}/exec. */
export const CREATE_EXEC: Shape = struct({
  User: string,
  Privileged: boolean,
  Tty: boolean,
  ConsoleSize: list(number),
  AttachStdin: boolean,
  AttachStderr: boolean,
  AttachStdout: boolean,
  Detach: boolean,
  DetachKeys: string,
  Env: texts,
  WorkingDir: string,
  Cmd: texts,
});

/** Body of POST /exec/{name}/start. */
export const START_EXEC: Shape = struct({ Detach: boolean, Tty: boolean, ConsoleSize: list(number) });

/** Body of POST /commit: the configuration of the image. */
export const COMMIT: Shape = struct(CONFIG);
