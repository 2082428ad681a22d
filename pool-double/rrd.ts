// GET /rrd_updates: the load of a host and of the VMs on it, in steps of five seconds, newest first. Every host answers for
// itself. The load is made up, but steady: a function of the VM and the time.
import { createHash } from 'node:crypto';
import { NULL, type RecordOf } from './data-model.ts';
import { memoryNeeded } from './placement.ts';
import type { Toolstack } from './toolstack.ts';
import { escapeXml } from './wire/xml-rpc.ts';

const STEP_S = 5;
/** Ten minutes are kept in this resolution. */
const ROWS_KEPT = 120;

interface Series {
  /** `AVERAGE:vm:UUID:cpu0` */
  readonly legend: string;
  /** At a step in seconds since 1970; NaN before there is anything to measure. */
  at(second: number): number;
}

interface RrdAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export function rrdUpdates(toolstack: Toolstack, host: string, query: URLSearchParams): RrdAnswer {
  const { sessions } = toolstack;
  try {
    sessions.admit(query.get('session_id') ?? '', 'http/get_rrd_updates', 'read-only');
  } catch {
    return { status: 401, type: 'text/html', body: '<html><body><h1>Unauthorised</h1></body></html>' };
  }
  const start = Number(query.get('start') ?? 'missing');
  if (!Number.isFinite(start)) {
    return { status: 400, type: 'text/html', body: '<html><body><h1>Bad request</h1></body></html>' };
  }
  const consolidation = query.get('cf') ?? 'AVERAGE';
  const nowMs = toolstack.pace.now() + toolstack.nodes.get(host).clockOffsetMs;
  const end = Math.floor(nowMs / 1000 / STEP_S) * STEP_S;
  const from = Math.max(start < 0 ? end + start : start, end - ROWS_KEPT * STEP_S);
  const series = [
    ...vmSeries(toolstack, host, query.get('vm_uuid')),
    ...(query.get('host') === 'true' ? hostSeries(toolstack, host) : []),
  ].map(({ legend, at }) => ({ legend: `${consolidation}:${legend}`, at }));
  const times: number[] = [];
  for (let t = end; t > from; t -= STEP_S) times.push(t);
  const rows = times.map((t) => ({ t, values: series.map(({ at }) => numberText(at(t))) }));
  const meta = {
    start: times.at(-1) ?? end,
    step: STEP_S,
    end,
    rows: rows.length,
    columns: series.length,
    legend: series.map(({ legend }) => legend),
  };
  return query.has('json')
    ? { status: 200, type: 'application/json', body: JSON.stringify({ meta, data: rows }) }
    : { status: 200, type: 'text/xml', body: xport(meta, rows) };
}

function residents({ store }: Toolstack, host: string): RecordOf<'VM'>[] {
  return store.get('host', host).resident_VMs.map((vm) => store.get('VM', vm));
}

function vmSeries(toolstack: Toolstack, host: string, only: string | null): Series[] {
  return residents(toolstack, host)
    .filter(({ uuid }) => only === null || uuid === only)
    .flatMap((vm) => {
      const since = startSecond(toolstack, vm);
      const running = (at: (second: number) => number) => (second: number) =>
        second < since ? Number.NaN : at(second);
      const load = (second: number) => loadOf(vm.uuid, second);
      const cpus = Array.from({ length: vm.VCPUs_at_startup }, (_, cpu) => ({
        legend: `vm:${vm.uuid}:cpu${cpu}`,
        at: running(load),
      }));
      return [
        ...cpus,
        { legend: `vm:${vm.uuid}:cpu_usage`, at: running(load) },
        { legend: `vm:${vm.uuid}:memory`, at: running(() => vm.memory_dynamic_min) },
        {
          legend: `vm:${vm.uuid}:memory_internal_free`,
          at: running((second) => Math.round((vm.memory_dynamic_min / 1024) * (1 - load(second)))),
        },
      ];
    });
}

function hostSeries(toolstack: Toolstack, host: string): Series[] {
  const { store, placement } = toolstack;
  const { uuid, metrics, cpu_info } = store.get('host', host);
  const cpus = Number(cpu_info['cpu_count'] ?? 1);
  const vms = residents(toolstack, host);
  const average = (second: number) => {
    const busy = vms
      .filter((vm) => startSecond(toolstack, vm) <= second)
      .reduce((sum, vm) => sum + vm.VCPUs_at_startup * loadOf(vm.uuid, second), 0);
    return Math.min(1, busy / cpus);
  };
  const series = (name: string, at: (second: number) => number) => ({ legend: `host:${uuid}:${name}`, at });
  return [
    ...Array.from({ length: cpus }, (_, cpu) => series(`cpu${cpu}`, average)),
    series('cpu_avg', average),
    series('loadavg', (second) => average(second) * cpus),
    series('memory_total_kib', () => store.get('host_metrics', metrics).memory_total / 1024),
    series('memory_free_kib', () => placement.freeMemory(host) / 1024),
    series('running_vcpus', () => vms.reduce((sum, vm) => sum + vm.VCPUs_at_startup, 0)),
    series('running_domains', () => vms.filter((vm) => memoryNeeded(vm) > 0).length),
  ];
}

function startSecond({ store }: Toolstack, { metrics }: RecordOf<'VM'>): number {
  const time = metrics === NULL ? undefined : store.find('VM_metrics', metrics)?.start_time;
  const match = /^(\d{4})(\d\d)(\d\d)T(.+)$/.exec(time ?? '');
  return match === null ? 0 : Date.parse(`${match[1]}-${match[2]}-${match[3]}T${match[4]}`) / 1000;
}

/** From 0 to 1: a level of the VM's own, swinging over ten minutes. */
function loadOf(uuid: string, second: number): number {
  const [level = 0, phase = 0] = createHash('sha256').update(uuid).digest();
  const swing = Math.sin((second / 600 + phase / 256) * 2 * Math.PI);
  return Math.round((0.05 + (level / 255) * 0.6 + 0.15 * (1 + swing)) * 10_000) / 10_000;
}

function numberText(value: number): string {
  return Number.isNaN(value) ? 'NaN' : String(value);
}

/** The form that RRDtool exports, which is the default. */
function xport(
  meta: Readonly<Record<string, number | readonly string[]>>,
  rows: readonly { readonly t: number; readonly values: readonly string[] }[],
): string {
  const about = Object.entries(meta).map(([name, value]) =>
    typeof value === 'number'
      ? `<${name}>${value}</${name}>`
      : `<legend>${value.map((entry) => `<entry>${escapeXml(entry)}</entry>`).join('')}</legend>`,
  );
  const data = rows.map(
    ({ t, values }) => `<row><t>${t}</t>${values.map((value) => `<v>${value}</v>`).join('')}</row>`,
  );
  return `<?xml version="1.0"?><xport><meta>${about.join('')}</meta><data>${data.join('')}</data></xport>`;
}
