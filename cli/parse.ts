import { parseArgs } from 'node:util';
import { settingValue } from './setting-value.ts';

/** A command line, understood. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'start'; readonly window: boolean; readonly wait: boolean }
  | { readonly kind: 'stop'; readonly wait: boolean }
  | { readonly kind: 'restart'; readonly wait: boolean }
  | { readonly kind: 'status' }
  /** `file` gets the report as JSON. */
  | { readonly kind: 'verify'; readonly deep: boolean; readonly file: string | null }
  | { readonly kind: 'apply'; readonly wait: boolean; readonly removeContainers: boolean }
  | { readonly kind: 'settingsList' }
  | { readonly kind: 'settingsGet'; readonly key: string }
  | { readonly kind: 'settingsSet'; readonly key: string; readonly value: unknown }
  | { readonly kind: 'settingsReset'; readonly keys: readonly string[] }
  | { readonly kind: 'settingsImport'; readonly file: string | null; readonly dryRun: boolean }
  | { readonly kind: 'policyStatus' }
  | { readonly kind: 'policyCreate' }
  | { readonly kind: 'policyExplain'; readonly key: string }
  | { readonly kind: 'policyValidate'; readonly file: string }
  | { readonly kind: 'update' }
  | { readonly kind: 'quit'; readonly force: boolean; readonly relaunch: boolean };

/** Thrown at a command line that cannot be understood; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const OPTIONS = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  headless: { type: 'boolean' },
  'no-wait': { type: 'boolean' },
  wait: { type: 'boolean' },
  'remove-containers': { type: 'boolean' },
  force: { type: 'boolean' },
  deep: { type: 'boolean' },
  relaunch: { type: 'boolean' },
  'from-current': { type: 'boolean' },
  from: { type: 'string' },
  file: { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const;
type Option = keyof typeof OPTIONS;

/** The options that a command takes beside those that all take, and the names of its operands. */
interface Shape {
  readonly options: readonly Option[];
  readonly operands: readonly string[];
  /** One more that may be left out. */
  readonly optional?: string;
}

const SHAPES: Readonly<Record<string, Shape>> = {
  start: { options: ['headless', 'no-wait'], operands: [] },
  stop: { options: ['no-wait'], operands: [] },
  restart: { options: ['no-wait'], operands: [] },
  status: { options: [], operands: [] },
  verify: { options: ['deep'], operands: [], optional: 'FILE' },
  apply: { options: ['wait', 'remove-containers'], operands: [] },
  'settings list': { options: [], operands: [] },
  'settings get': { options: [], operands: ['KEY'] },
  'settings set': { options: [], operands: ['KEY', 'VALUE'] },
  'settings reset': { options: [], operands: ['KEY...'] },
  'settings import': { options: ['from', 'file', 'dry-run'], operands: [] },
  'policy status': { options: [], operands: [] },
  'policy create': { options: ['from-current'], operands: [] },
  'policy explain': { options: [], operands: ['KEY'] },
  'policy validate': { options: [], operands: ['FILE'] },
  update: { options: [], operands: [] },
  quit: { options: ['force', 'relaunch'], operands: [] },
};
const GENERAL: readonly string[] = ['json', 'help', 'version'] satisfies Option[];

/** Whether the caller wants JSON, asked before the command line is known to be right, because errors are JSON too. */
export const wantsJson = (argv: readonly string[]): boolean => argv.includes('--json');

/**
 * Understands the arguments of `bulkhead`. VALUE is read as the setting's type asks for.
 * @throws UsageError
 */
export function parseCommand(argv: readonly string[]): Command {
  const { values, positionals } = understood(argv);
  if (values.help === true) return { kind: 'help' };
  if (values.version === true) return { kind: 'version' };
  const [first] = positionals;
  if (first === undefined) throw new UsageError('Which command?');
  if (first === 'help') return { kind: 'help' };
  const isGroup = Object.keys(SHAPES).some((name) => name.startsWith(`${first} `));
  const name = positionals.slice(0, isGroup ? 2 : 1).join(' ');
  const shape = Object.hasOwn(SHAPES, name) ? SHAPES[name] : undefined;
  if (shape === undefined) throw new UsageError(`There is no command "${name}".`);
  for (const option of Object.keys(values)) {
    if (!GENERAL.includes(option) && !shape.options.some((known) => known === option)) {
      throw new UsageError(`"${name}" takes no --${option}.`);
    }
  }
  const operands = positionals.slice(isGroup ? 2 : 1);
  const isMany = shape.operands.at(-1)?.endsWith('...') === true;
  const spare = operands.length - shape.operands.length;
  if (spare < 0 || (spare > (shape.optional === undefined ? 0 : 1) && !isMany)) {
    const optional = shape.optional === undefined ? [] : [`[${shape.optional}]`];
    throw new UsageError(`Usage: bulkhead ${[name, ...shape.operands, ...optional].join(' ')}`);
  }
  if (name === 'settings import') return importCommand(values);
  return commandOf(name, operands, (option) => values[option] === true);
}

function importCommand(values: ReturnType<typeof understood>['values']): Command {
  if (values.from !== 'docker-desktop') {
    throw new UsageError('Usage: bulkhead settings import --from docker-desktop [--file PATH] [--dry-run]');
  }
  return { kind: 'settingsImport', file: values.file ?? null, dryRun: values['dry-run'] === true };
}

function understood(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (cause) {
    const [message = 'Wrong usage'] = cause instanceof Error ? cause.message.split('. ') : [];
    throw new UsageError(`${message.replace(/\.$/u, '')}.`, { cause });
  }
}

function commandOf(name: string, operands: readonly string[], has: (option: Option) => boolean): Command {
  const [key = '', value = ''] = operands;
  switch (name) {
    case 'start':
      return { kind: 'start', window: !has('headless'), wait: !has('no-wait') };
    case 'stop':
      return { kind: 'stop', wait: !has('no-wait') };
    case 'restart':
      return { kind: 'restart', wait: !has('no-wait') };
    case 'status':
      return { kind: 'status' };
    case 'verify':
      if (key !== '' && !(has('deep') && has('json'))) {
        throw new UsageError('Usage: bulkhead verify [--deep [--json [FILE]]]');
      }
      return { kind: 'verify', deep: has('deep'), file: key === '' ? null : key };
    case 'apply':
      return { kind: 'apply', wait: has('wait'), removeContainers: has('remove-containers') };
    case 'settings list':
      return { kind: 'settingsList' };
    case 'settings get':
      return { kind: 'settingsGet', key };
    case 'settings set':
      return { kind: 'settingsSet', key, value: settingValue(key, value) };
    case 'settings reset':
      return { kind: 'settingsReset', keys: operands };
    case 'policy status':
      return { kind: 'policyStatus' };
    case 'policy create':
      if (!has('from-current')) throw new UsageError('Usage: bulkhead policy create --from-current');
      return { kind: 'policyCreate' };
    case 'policy explain':
      return { kind: 'policyExplain', key };
    case 'policy validate':
      return { kind: 'policyValidate', file: key };
    case 'update':
      return { kind: 'update' };
    case 'quit':
      if (has('force') && has('relaunch')) throw new UsageError('"quit" takes --force or --relaunch, not both.');
      return { kind: 'quit', force: has('force'), relaunch: has('relaunch') };
    default:
      throw new UsageError(`There is no command "${name}".`);
  }
}
