import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Stop } from './command.mjs';
import { inRoot } from './paths.ts';
import { step } from './progress.mjs';

interface ImageBuilder {
  readonly buildImage: (options: { readonly onProgress: (text: string) => void }) => Promise<unknown>;
}

const RECIPE = inRoot('guest/image/build.ts');

const isImageBuilder = (module: unknown): module is ImageBuilder =>
  typeof module === 'object' && module !== null && 'buildImage' in module && typeof module.buildImage === 'function';

/** Builds the VM image, or finds it built; the recipe itself decides by its inputs. */
export async function vmImage(): Promise<void> {
  if (!existsSync(RECIPE)) {
    console.log('No VM image: its recipe guest/image/build.ts is not in this checkout.');
    return;
  }
  const recipe: unknown = await import(pathToFileURL(RECIPE).href);
  if (!isImageBuilder(recipe)) throw new TypeError(`${RECIPE} exports no buildImage().`);
  await step('VM image', async (report) => {
    try {
      await recipe.buildImage({ onProgress: report });
    } catch (error) {
      throw new Stop(`The VM image could not be built: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
}
