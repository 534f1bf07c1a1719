const NO_WINDOW = '--no-window';

/** What the command line of the app's own executable asks for; the rest is Electron's and Chromium's. */
export interface LaunchArguments {
  /** Start without a window; a second launch without this opens one. */
  readonly window: boolean;
}

/**
 * Reads the arguments of this launch, or those that a second one handed over; unknown ones are left to Chromium.
 * Chromium takes `--headless` for itself and then has no display to open a window on later, so the app's own word for
 * a start in the background is `--no-window`.
 */
export const launchArgumentsOf = (argv: readonly string[]): LaunchArguments => ({
  window: !argv.includes(NO_WINDOW) && !argv.includes('--headless'),
});

/** Whether Chromium was told to do without a display: then no window can be shown, now or later. */
export const hasNoDisplay = (argv: readonly string[]): boolean =>
  argv.includes('--headless') || argv.includes('--ozone-platform=headless');

/**
 * The arguments to start the app with again, from those of this process (`argv` with its program): the same, but that
 * a window is opened then exactly where one is open now.
 */
export const relaunchArguments = (argv: readonly string[], hasWindow: boolean): string[] => {
  const others = argv.slice(1).filter((argument) => argument !== NO_WINDOW);
  return hasWindow ? others : [...others, NO_WINDOW];
};
