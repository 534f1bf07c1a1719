import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { migrate, MIGRATIONS, SCHEMA_VERSION } from './migrations.ts';
import { changeRaw, changeValues, type ParsedDocument, parseDocument, type UserDocument } from './user-document.ts';

const parse = (text: string): ParsedDocument => parseDocument(new TextEncoder().encode(text));

function good(text: string): UserDocument {
  const parsed = parse(text);
  if (parsed.kind !== 'good') throw new Error(`${parsed.kind}: ${text}`);
  return parsed.document;
}

describe('parseDocument', () => {
  it('takes what is valid and names what is not', () => {
    const { values, mistakes } = good('{"schemaVersion":1,"theme":"dark","enhancedContainerIsolation":"yes","them":1}');
    expect(values).toEqual({ theme: 'dark' });
    expect(mistakes).toEqual([
      '"yes" is no value for "enhancedContainerIsolation" and is ignored: expected true or false.',
      'There is no setting "them"; did you mean "theme"?',
    ]);
  });

  it('reads a file written by hand: without a version, with a byte order mark', () => {
    expect(good('\u{FEFF}{"theme":"light"}').values).toEqual({ theme: 'light' });
  });

  it.each([
    ['', /not JSON/u],
    ['{"theme":"dark"', /not JSON/u],
    ['\u0000\u0000\u0000', /not JSON/u],
    ['[]', /a list and not an object/u],
    ['null', /null and not an object/u],
    ['{"schemaVersion":"1"}', /schemaVersion is "1"/u],
    ['{"schemaVersion":0}', /schemaVersion is 0/u],
    ['{"schemaVersion":1.5}', /schemaVersion is 1.5/u],
    [' '.repeat(1024 * 1024 + 1), /larger than/u],
  ])('calls %j bad', (text, reason) => {
    expect(parse(text)).toMatchObject({ kind: 'bad', reason: expect.stringMatching(reason) as unknown });
  });

  it('calls bytes that are no UTF-8 bad', () => {
    expect(parseDocument(new Uint8Array([0x7b, 0xff, 0x7d])).kind).toBe('bad');
  });

  it('reads a newer file as far as it is understood', () => {
    expect(parse('{"schemaVersion":99,"theme":"dark"}')).toMatchObject({
      kind: 'newer',
      version: 99,
      document: { values: { theme: 'dark' } },
    });
  });

  it('answers any bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => new TextEncoder().encode(text)),
        ),
        (bytes) => {
          expect(['good', 'bad', 'newer']).toContain(parseDocument(bytes).kind);
        },
      ),
    );
  });

  it('does not let names reach a prototype', () => {
    const { raw, values } = good('{"__proto__":{"theme":"dark"},"constructor":1}');
    expect(values).toEqual({});
    expect(Object.hasOwn(changeRaw(raw, { theme: 'light' }), '__proto__')).toBe(true);
    expect(({} as Record<string, unknown>)['theme']).toBeUndefined();
  });
});

describe('migrations', () => {
  const rename = {
    from: 1,
    migrate: ({ colour, ...rest }: Readonly<Record<string, unknown>>) => ({ ...rest, theme: colour }),
  };
  const invert = {
    from: 2,
    migrate: (raw: Readonly<Record<string, unknown>>) => ({ ...raw, theme: `${String(raw['theme'])}k` }),
  };

  it('has one step for every version before this one', () => {
    expect(MIGRATIONS.map(({ from }) => from)).toEqual(
      Array.from({ length: SCHEMA_VERSION - 1 }, (_, index) => index + 1),
    );
  });

  it('runs the steps in order, from the version of the file on', () => {
    expect(migrate({ colour: 'dar' }, 1, [invert, rename], 3)).toEqual({ theme: 'dark' });
    expect(migrate({ theme: 'dar' }, 2, [rename, invert], 3)).toEqual({ theme: 'dark' });
    expect(migrate({ theme: 'dark' }, 3, [rename, invert], 3)).toEqual({ theme: 'dark' });
  });

  it('calls a file bad that a step cannot read', () => {
    const failing = {
      from: 1,
      migrate: () => {
        throw new Error('no');
      },
    };
    const bytes = new TextEncoder().encode('{}');
    expect(parseDocument(bytes, [failing], 2)).toMatchObject({ kind: 'bad' });
    expect(parseDocument(bytes, [], 2)).toMatchObject({ kind: 'bad' });
    expect(parseDocument(new TextEncoder().encode('{"colour":"dark"}'), [rename], 2)).toMatchObject({
      document: { values: { theme: 'dark' } },
    });
  });
});

describe('changes', () => {
  it('keep what is not understood, and take away what is null', () => {
    const raw = { theme: 'dark', other: { a: null }, startEngineOnLaunch: 'x' };
    expect(changeRaw(raw, { theme: null, enhancedContainerIsolation: true })).toEqual({
      schemaVersion: 1,
      other: { a: null },
      startEngineOnLaunch: 'x',
      enhancedContainerIsolation: true,
    });
    expect(changeValues({ theme: 'dark' }, { theme: null, startEngineOnLaunch: false })).toEqual({
      startEngineOnLaunch: false,
    });
  });
});
