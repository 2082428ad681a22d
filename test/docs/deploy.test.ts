// The files under deploy/ cannot be tried everywhere, but what they refer to must be there.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { LiveFile } from '../../live/config/live-file.ts';
import { complete, findProblems } from '../../written/written-value.ts';
import { runProgram, succeeds } from '../support/child-process.ts';
import { openpex, temporaryFolder } from '../support/command-line.ts';

const dockerfile = readFileSync('deploy/Dockerfile', 'utf8').replaceAll('\\\n', ' ');
const unit = readFileSync('deploy/openpex.service', 'utf8');
const nginx = readFileSync('deploy/nginx.conf', 'utf8');
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));

function instructions(name: string): string[] {
  return Array.from(
    dockerfile.matchAll(new RegExp(`^${name} (.*)$`, 'gm')),
    ([, rest]) => rest?.trim() ?? '',
  );
}

describe('deploy/Dockerfile', () => {
  test('copies only what is there', () => {
    const sources = instructions('COPY').flatMap((rest) =>
      rest.startsWith('--from=') ? [] : rest.split(/\s+/).slice(0, -1),
    );
    expect(sources).toContain('package-lock.json');
    for (const source of sources) {
      if (source.includes('*')) expect(filesLike(source), source).not.toEqual([]);
      else expect(existsSync(source), source).toBe(true);
    }
  });

  test('takes from the build what the build makes', () => {
    const built = instructions('COPY').filter((rest) => rest.startsWith('--from=build'));
    expect(built.map((rest) => rest.split(/\s+/)[1])).toEqual(['/build/node_modules', '/build/dist']);
    expect(existsSync('dist/cli/main.js')).toBe(true);
  });

  test('runs scripts and commands that exist', () => {
    for (const [, script] of dockerfile.matchAll(/npm run ([\w-]+)/g))
      expect(scripts).toHaveProperty([script!]);
    expect(instructions('ENTRYPOINT')).toEqual(['["openpex"]']);
    const [command] = instructions('CMD').filter((rest) => rest.includes('live'));
    const { code } = openpex([...JSON.parse(command!), '--help'], temporaryFolder());
    expect(code).toBe(0);
  });

  test('does not run as root, keeps its database in a volume, and is watched', () => {
    const [database] = /OPENPEX_DATABASE=sqlite:(\S+)/.exec(dockerfile)?.slice(1) ?? [];
    const [volume] = instructions('VOLUME');
    expect(instructions('USER')).toEqual(['node']);
    expect(database?.startsWith(`${volume}/`)).toBe(true);
    expect(instructions('WORKDIR').at(-1)).toBe(volume);
    const check = /CMD (\["node".*\])$/m.exec(dockerfile)?.[1];
    const [node, ...args] = JSON.parse(check ?? '[]');
    expect(node).toBe('node');
    // Nothing answers on that port of a machine that tests, or something does: either way the check decides.
    expect(runProgram(process.execPath, args).code).toBeLessThan(2);
  });

  test('leaves out of the context what is private or made on the way', () => {
    const ignored = readFileSync('.dockerignore', 'utf8').split('\n');
    for (const path of ['.git', '**/node_modules', 'dist', '**/*.db', '**/openpex.yaml'])
      expect(ignored).toContain(path);
    // But for what the build runs.
    const needed = Array.from(scripts.build.matchAll(/\.ci\/\S+/g), ([file]) => `!${file}`);
    expect(needed).not.toEqual([]);
    expect(ignored).toEqual(expect.arrayContaining(needed));
  });
});

describe('deploy/openpex.service', () => {
  test('starts the command where docs/operating.md installs it', () => {
    const [, main, config] = /^ExecStart=\/usr\/bin\/node (\S+) live (\S+)$/m.exec(unit) ?? [];
    const docs = readFileSync('docs/operating.md', 'utf8');
    expect(docs).toContain(`ln -s ${main} `);
    expect(docs).toContain(`live init ${config}`);
    expect(main?.replace('/opt/openpex/', '')).toBe('dist/cli/main.js');
  });

  test('does not start again what needs a person', () => {
    expect(unit).toMatch(/^Restart=on-failure$/m);
    expect(unit).toMatch(/^RestartPreventExitStatus=2$/m);
  });

  const analyze = succeeds('systemd-analyze', '--version');
  test.skipIf(!analyze)('is understood by systemd', () => {
    const { stderr } = runProgram('systemd-analyze', ['verify', 'deploy/openpex.service']);
    expect(stderr.split('\n').filter((line) => /Unknown|Failed to parse|Invalid/.test(line))).toEqual([]);
  });
});

test('deploy/nginx.conf speaks to the address that its own settings listen on', () => {
  const [, listen] = /^# {3}listen: (.*)$/m.exec(nginx) ?? [];
  const written = { cluster: { preset: 'openpex-2009' }, listen: parse(listen ?? '') };
  const config = complete(LiveFile, written) as LiveFile;
  expect(findProblems(LiveFile, config)).toEqual([]);
  const targets = new Set(Array.from(nginx.matchAll(/proxy_pass +(\S+);/g), ([, url]) => url));
  expect([...targets]).toEqual([`http://${config.listen.host}:${config.listen.port}`]);
  // Every way through forwards whose request it is.
  expect(nginx.match(/proxy_set_header +X-Forwarded-For \$remote_addr;/g)).toHaveLength(
    nginx.match(/proxy_pass/g)!.length,
  );
});

/** For patterns such as `folder/*.yaml`. */
function filesLike(pattern: string): string[] {
  expect(basename(pattern)).toMatch(/^\*\.\w+$/);
  return readdirSync(dirname(pattern)).filter((name) => extname(name) === extname(pattern));
}
