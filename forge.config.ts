import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FuseV1Options, FuseVersion } from '@electron/fuses';
import { MakerDeb } from '@electron-forge/maker-deb';
import { MakerZIP } from '@electron-forge/maker-zip';
import { FusesPlugin } from '@electron-forge/plugin-fuses';
import { VitePlugin } from '@electron-forge/plugin-vite';
import type { ForgeConfig } from '@electron-forge/shared-types';
import { build } from 'vite';

/**
 * Set by scripts/forge.ts when the pinned Electron is not to be had: a directory whose archive bears the pinned version
 * and holds the stand-in, because Forge asks for nothing else. What comes out of it is for tests only.
 */
const standInArchives = process.env['BULKHEAD_STAND_IN_ARCHIVES'];
/** The `bulkhead` command, beside the app's own files; made by vite.cli.config.ts. */
const COMMAND = '.cache/cli/bulkhead.cjs';
const POLICY_SCHEMA = 'docs/admin-settings.schema.json';
const isStandIn = standInArchives !== undefined;
const STAND_IN_MARK = 'stand-in-not-for-release';

if (isStandIn && /electron-forge-(publish|release)/.test(process.argv[1] ?? '')) {
  throw new Error(
    'This Electron is a stand-in for tests, and nothing made with it may be published. Run npm run setup with a network first.',
  );
}

/** Every fuse that the Electron has is set, and an Electron with a fuse that is not named here fails to be packaged. */
const fuses = {
  version: FuseVersion.V1,
  strictlyRequireAllFuses: true,
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableCookieEncryption]: true,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
  // Electron 33 has no such fuse, and naming one that is missing is an error.
  ...(isStandIn ? {} : { [FuseV1Options.WasmTrapHandlers]: true }),
} as ConstructorParameters<typeof FusesPlugin>[0];

/** Debian's dpkg reads zstd since 1.21.18, and it takes seconds where xz takes minutes; the maker's types lack it. */
const debCompression: object = { compression: 'zstd' };

const config: ForgeConfig = {
  packagerConfig: {
    asar: true,
    // `bulkhead` is the command line's name.
    executableName: 'bulkhead-desktop',
    appCopyright: 'The Bulkhead authors, Apache-2.0',
    extraResource: [COMMAND, POLICY_SCHEMA],
    ...(isStandIn ? { electronZipDir: standInArchives } : {}),
  },
  plugins: [
    new VitePlugin({
      build: [
        { entry: 'electron/main.ts', config: 'vite.main.config.ts', target: 'main' },
        { entry: 'electron/preload.ts', config: 'vite.preload.config.ts', target: 'preload' },
      ],
      renderer: [{ name: 'main_window', config: 'vite.renderer.config.ts' }],
    }),
    new FusesPlugin(fuses),
  ],
  makers: [
    new MakerDeb({
      options: {
        ...debCompression,
        name: 'bulkhead',
        bin: 'bulkhead-desktop',
        section: 'admin',
        maintainer: 'The Bulkhead authors',
        categories: ['Development'],
        depends: ['qemu-system-x86'],
      },
    }),
    new MakerZIP({}, ['linux', 'darwin']),
  ],
  hooks: {
    generateAssets: async () => {
      await build({ configFile: 'vite.cli.config.ts', logLevel: 'warn' });
      chmodSync(COMMAND, 0o755);
    },
    postPackage: async (_config, { outputPaths }) => {
      if (!isStandIn) return;
      for (const output of outputPaths) {
        writeFileSync(
          path.join(output, 'NOT-FOR-RELEASE.txt'),
          'Packaged with a stand-in for Electron that is years old and of unverified origin. For tests only.\n',
        );
      }
    },
    postMake: async (_config, results) =>
      isStandIn ? results.map((result) => ({ ...result, artifacts: result.artifacts.map(markedAsStandIn) })) : results,
  },
};

/** Puts the mark before the extension: bulkhead_0.1.0_amd64.stand-in-not-for-release.deb. */
function markedAsStandIn(artifact: string): string {
  const { dir, name, ext } = path.parse(artifact);
  const marked = path.join(dir, `${name}.${STAND_IN_MARK}${ext}`);
  renameSync(artifact, marked);
  return marked;
}

export default config;
