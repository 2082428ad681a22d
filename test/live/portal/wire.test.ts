// What the portal and the service share: types, and nothing that would end up in the bundle.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import type { DomainEvent } from '../../../engine/index.ts';
import { EVENT_TYPES } from '../../../live/portal/src/live/event-types.ts';

const IMPORT = /^(import|export)( type)?\b[^'"]*?from '([^']+)';/gms;

interface Import {
  readonly file: string;
  readonly isType: boolean;
  /** A path from the root of the project, or the name of a package. */
  readonly target: string;
}

function importsIn(folder: string): Import[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .flatMap((name) => {
      const file = join(folder, name);
      return Array.from(readFileSync(file, 'utf8').matchAll(IMPORT), ([, , type, target = '']) => ({
        file,
        isType: type !== undefined,
        target: target.startsWith('.') ? normalize(join(dirname(file), target)) : target,
      }));
    });
}

/** What both sides must judge alike, and how clocks of zones are read; they import nothing but each other. */
const SHARED = [
  'live/wire/class-list.ts',
  'live/wire/limits.ts',
  'live/wire/password.ts',
  'live/wire/registration.ts',
  'live/wire/ssh-key.ts',
  'written/recurrence.ts',
];

test('of the service the portal imports the wire alone, and of the wire types alone, but for what both sides judge alike', () => {
  const outside = importsIn('live/portal/src').filter(
    ({ target }) => target.includes('/') && !/^(live\/portal\/|live\/client\/|preact\/)/.test(target),
  );
  expect(outside.length).toBeGreaterThan(40);
  expect(
    outside.filter(
      ({ isType, target }) => !SHARED.includes(target) && (!isType || !target.startsWith('live/wire/')),
    ),
  ).toEqual([]);
});

test('the wire imports nothing but TypeBox and the words of the engine', () => {
  const imports = importsIn('live/wire');
  expect(imports.length).toBeGreaterThan(10);
  const others = imports.filter(
    ({ target }) => !['typebox', 'engine/words.ts'].includes(target) && !target.startsWith('live/wire/'),
  );
  expect(others).toEqual([]);
});

test('the portal listens to every event that there is, each once', () => {
  // What is missing, or is none, does not compile.
  const types: readonly DomainEvent['type'][] = EVENT_TYPES;
  const missing: Exclude<DomainEvent['type'], (typeof EVENT_TYPES)[number]>[] = [];
  expect(missing).toEqual([]);
  expect(new Set(types).size).toBe(types.length);
});
