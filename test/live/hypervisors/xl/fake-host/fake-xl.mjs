// Stands in for `xl` of Xen 4.17: keeps the domains of a host in a file and behaves as the real one was seen to, surprises included: names
// that two domains have, exit codes that say nothing, guests that hear nothing, files that stay when a save fails. What is wrong with the
// host lies in files beside: `full`, `hang` (a verb that never ends), `no-shadow`,
// `slow` (ms that each operation takes).
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

const [verb = '', ...args] = process.argv.slice(2);
const host = process.env.FAKE_XEN_HOST;
/** What takes Xen 60 s. */
const PATIENCE_MS = 300;
const HOST_MIB = 4096;

const has = (name) => existsSync(join(host, name));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const slowMs = () => (has('slow') ? Number(readFileSync(join(host, 'slow'), 'utf8')) : 20);

/** One at a time looks at the domains of a host and changes them. */
async function withDomains(folder, work) {
  const lock = join(folder, 'domains.lock');
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      // One that was killed has left its lock.
      if (error.code !== 'EEXIST') throw error;
      try {
        if (Date.now() - statSync(lock).mtimeMs > 2000) rmdirSync(lock);
      } catch {}
      await sleep(2);
    }
  }
  try {
    const file = join(folder, 'domains.json');
    const state = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { nextId: 1, domains: [] };
    const before = JSON.stringify(state);
    const result = work(state);
    if (JSON.stringify(state) !== before || !existsSync(join(folder, 'table'))) {
      replace(file, JSON.stringify(state, null, 1));
      // What `xl list -v` shows: looked at far more often than anything changes.
      replace(join(folder, 'table'), tableOf(state));
    }
    return result;
  } finally {
    rmdirSync(lock);
  }
}

function replace(file, text) {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

function tableOf({ domains }) {
  const letters = ({ paused, reason, saving }) =>
    `--${paused ? 'p' : '-'}${reason || saving ? 's' : '-'}${saving ? 's' : ({ crash: 'c', reboot: 'r' }[reason] ?? '-')}-`;
  const code = ({ reason, saving }) => {
    const found = ['poweroff', 'reboot', 'suspend', 'crash'].indexOf(saving ? 'suspend' : reason);
    return found === -1 ? '-' : found;
  };
  const line = (name, id, mib, vcpus, state, time, uuid, reason) =>
    `${name.padEnd(40)} ${String(id).padStart(5)} ${String(mib).padStart(5)} ${String(vcpus).padStart(5)}     ${state}  ${String(time.toFixed(1)).padStart(8)} ${uuid} ${String(reason).padStart(8)}                -`;
  return `${[
    'Name                                        ID   Mem VCPUs\tState\tTime(s)   UUID                            Reason-Code\tSecurity Label',
    line('Domain-0', 0, 448, 1, 'r-----', 35.6, '00000000-0000-0000-0000-000000000000', '-'),
    ...domains.map((d) =>
      line(d.name, d.id, d.memoryMib, d.vcpus, letters(d), d.cpuSeconds ?? 0, d.uuid, code(d)),
    ),
  ].join('\n')}\n`;
}

const fail = (code, message) => {
  process.stderr.write(`${message}\n`);
  process.exit(code);
};

function parseConfig(path) {
  const config = {};
  for (const [index, line] of readFileSync(path, 'utf8').split('\n').entries()) {
    if (line.trim() === '') continue;
    const [, key, value] = /^(\w+) = ("[^"\\]*"|\d+|\[ ("[^"\\]*"(, )?)* \])$/.exec(line) ?? [];
    if (key === undefined)
      fail(1, `${path}:${index + 1}: config parsing error near \`${line}': lexical error`);
    config[key] = /^\d+$/.test(value) ? Number(value) : value.replaceAll('"', '');
  }
  return config;
}

const usedMib = ({ domains }) => domains.reduce((sum, { memoryMib }) => sum + memoryMib, 0);
const noMemory = () =>
  fail(
    3,
    "xc: error: panic: xg_dom_boot.c:119: xc_dom_boot_mem_init: can't allocate low memory for domain: Out of memory\n" +
      'libxl: error: libxl_dom.c:586:libxl__build_dom: xc_dom_boot_mem_init failed: Cannot allocate memory',
  );

function numbered(state, word) {
  const domain = state.domains.find(({ id }) => id === Number(word));
  if (domain === undefined)
    fail(1, `libxl: error: libxl_domain.c:1183:libxl__destroy_domid: Domain ${word}:Non-existant domain`);
  return domain;
}

const COMMANDS = {
  list: () => withDomains(host, (state) => void process.stdout.write(tableOf(state))),

  /** For tests: how somebody has changed things at another console. */
  domains: () =>
    withDomains(host, (state) => {
      state.domains = JSON.parse(args[0]);
    }),

  async info() {
    const free = await withDomains(host, (state) => HOST_MIB - 512 - usedMib(state));
    process.stdout.write(
      `host                   : ${basename(host)}\nnr_cpus                : 4\n` +
        `virt_caps              : pv hvm hap ${has('no-shadow') ? '' : 'shadow '}gnttab-v1 gnttab-v2\n` +
        `total_memory           : ${HOST_MIB}\nfree_memory            : ${free}\nxen_version            : 4.17.5\n`,
    );
  },

  async create() {
    const config = parseConfig(args.at(-1));
    appendFileSync(join(host, 'created'), `${config.uuid}\n`);
    // It is there from the first moment on, without memory and without a name.
    const id = await withDomains(host, (state) => {
      const domain = {
        id: state.nextId++,
        name: '(null)',
        uuid: config.uuid,
        memoryMib: 0,
        vcpus: config.vcpus,
        paused: true,
      };
      state.domains.push(domain);
      return domain.id;
    });
    const undo = () =>
      withDomains(host, (state) => {
        state.domains = state.domains.filter((domain) => domain.id !== id);
      });
    await sleep(slowMs());
    if (config.kernel !== undefined && !existsSync(config.kernel)) {
      await undo();
      fail(
        3,
        `xc: error: panic: xg_dom_core.c:205: failed to open file '${config.kernel}': No such file or directory: Internal error`,
      );
    }
    const [, disk] = /target=([^,\s]+)/.exec(config.disk ?? '') ?? [];
    if (disk !== undefined && !disk.startsWith('/dev/') && !existsSync(disk)) {
      await undo();
      fail(
        3,
        `libxl: error: libxl_device.c:353:libxl__device_disk_set_backend: Disk vdev=xvda failed to stat: ${disk}: No such file or directory`,
      );
    }
    const isShort = await withDomains(host, (state) => usedMib(state) + config.memory > HOST_MIB - 512);
    if (isShort) {
      await undo();
      noMemory();
    }
    await withDomains(host, (state) => {
      const domain = state.domains.find((each) => each.id === id);
      Object.assign(domain, {
        name: config.name,
        memoryMib: config.memory,
        paused: false,
        onReboot: config.on_reboot,
        deaf: (config.cmdline ?? '').includes('deaf'),
        ...((config.cmdline ?? '').includes('crash')
          ? { will: { atMs: Date.now() + 200, what: 'crash' } }
          : {}),
      });
    });
  },

  async destroy() {
    await sleep(slowMs());
    await withDomains(host, (state) => {
      const domain = numbered(state, args[0]);
      state.domains = state.domains.filter((each) => each !== domain);
    });
  },

  shutdown: () => ask('poweroff'),
  reboot: () => ask('reboot'),

  pause: () =>
    withDomains(host, (state) => {
      numbered(state, args[0]).paused = true;
    }),

  async unpause() {
    await withDomains(host, (state) => {
      const domain = numbered(state, args[0]);
      // One that runs: an error, and 0 all the same.
      if (!domain.paused)
        process.stderr.write('libxl: error: libxl_domain.c: unpause: Domain is not paused\n');
      domain.paused = false;
    });
  },

  async save() {
    const [word, file] = args;
    const domain = await withDomains(host, (state) => {
      const found = numbered(state, word);
      if (!found.paused && !found.deaf) found.saving = true;
      return { ...found };
    });
    writeFileSync(file, 'the beginning of an image');
    if (domain.paused || domain.deaf) {
      await sleep(PATIENCE_MS);
      fail(
        1,
        `libxl: error: libxl_dom_suspend.c:334:suspend_common_wait_guest_timeout: Domain ${word}:guest did not suspend, timed out`,
      );
    }
    await sleep(slowMs());
    const isFull = has('full');
    await withDomains(host, (state) => {
      const found = state.domains.find(({ id }) => id === domain.id);
      if (found !== undefined) delete found.saving;
      if (!isFull) state.domains = state.domains.filter((each) => each !== found);
    });
    if (isFull)
      fail(
        1,
        'xc: error: Failed to write page data to stream (28 = No space left on device): Internal error\nFailed to save domain, resuming domain',
      );
    delete domain.saving;
    writeFileSync(file, `image of ${JSON.stringify(domain)}`);
  },

  async restore() {
    const file = args.at(-1);
    const [, saved] = /^image of (.*)$/.exec(readFileSync(file, 'utf8')) ?? [];
    if (saved === undefined)
      fail(1, 'xc: error: Failed to read Record Header from stream (0 = Success): Internal error');
    await sleep(slowMs());
    await withDomains(host, (state) => {
      const domain = { ...JSON.parse(saved), id: 0, paused: args.includes('-p') };
      if (usedMib(state) + domain.memoryMib > HOST_MIB - 512) return undefined;
      domain.id = state.nextId++;
      state.domains.push(domain);
      return domain;
    }).then((domain) => domain ?? noMemory());
  },

  async migrate() {
    const [word, address] = args;
    const target = join(dirname(host), address);
    if (has('no-shadow'))
      fail(
        1,
        "xc: error: Couldn't enable qemu log-dirty mode (95 = Operation not supported): Internal error",
      );
    if (!existsSync(target) || existsSync(join(target, 'off')))
      fail(
        1,
        `ssh: connect to host ${address} port 22: Connection refused\nlibxl: error: migration transport process exited with error status 255`,
      );
    const domain = await withDomains(host, (state) => ({ ...numbered(state, word) }));
    const id = await withDomains(target, (state) => {
      const incoming = { ...domain, id: state.nextId++, name: `${domain.name}--incoming`, paused: true };
      state.domains.push(incoming);
      return incoming.id;
    });
    await sleep(slowMs() * 2);
    if (has('move-fails')) fail(1, 'migration sender: Transfer failed, resuming at sender.');
    await withDomains(host, (state) => {
      state.domains = state.domains.filter((each) => each.id !== domain.id);
    });
    await withDomains(target, (state) =>
      Object.assign(
        state.domains.find((each) => each.id === id),
        { name: domain.name, paused: false },
      ),
    );
  },
};

async function ask(what) {
  const word = args.at(-1);
  const domain = await withDomains(host, (state) => {
    const found = numbered(state, word);
    const before = { ...found };
    if (found.paused || found.reason || found.deaf) return before;
    // A guest that starts again has a new number.
    if (what === 'reboot' && found.onReboot === 'restart') found.id = state.nextId++;
    else found.reason = what;
    return before;
  });
  if (domain.paused) await sleep(PATIENCE_MS);
  if (domain.paused || domain.reason)
    fail(
      1,
      "libxl: error: libxl_domain.c:854:pvcontrol_cb: guest didn't acknowledge control request: -9\nshutdown failed (rc=-9)",
    );
}

const mark = join(host, 'running', String(process.pid));
writeFileSync(mark, verb);
process.on('exit', () => rmSync(mark, { force: true }));
if (has('hang') && readFileSync(join(host, 'hang'), 'utf8').trim() === verb) await sleep(1e8);
await COMMANDS[verb]();
