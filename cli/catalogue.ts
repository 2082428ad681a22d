// Every command, as the list of commands has it. A new one is a file of commands/ and an entry here.
import type { CommandModule } from 'yargs';
import { command } from './command.ts';

export const COMMANDS: readonly CommandModule[] = [
  command(
    'run <scenario>',
    'Simulate a scenario and leave a run directory with its report',
    async () => (await import('./commands/run.ts')).runCommand,
  ),
  command(
    'sweep <experiment>',
    'Run a scenario with everything that an experiment varies, under many seeds, into one table',
    async () => (await import('./commands/sweep.ts')).sweepCommand,
  ),
  command(
    'compare <results..>',
    'Say what a sweep shows: means with intervals, differences seed by seed',
    async () => (await import('./commands/compare.ts')).compareCommand,
  ),
  command(
    'check <study>',
    'Compare a scenario or an experiment with a committed baseline: for CI, red when it got worse',
    async () => (await import('./commands/check.ts')).checkCommand,
  ),
  command(
    'diff <a> <b>',
    'Say where two runs part, which requests were answered differently, and what that came to',
    async () => (await import('./commands/diff.ts')).diffCommand,
  ),
  command(
    'fuzz',
    'Try to break a policy, or the manager: random clusters, users, faults, restarts and quotes',
    async () => (await import('./commands/fuzz.ts')).fuzzCommand,
  ),
  command(
    'policies [name]',
    'List the policies that ship, show the options of one, or check one of your own',
    async () => (await import('./commands/policies.ts')).policiesCommand,
  ),
  command(
    'convert <in> <out>',
    'Turn a log of another format into a workload CSV, or into SWF',
    async () => (await import('./commands/convert.ts')).convertCommand,
  ),
  command(
    'generate <spec> <out>',
    'Write the requests of a scenario, or of a generator specification, as a workload CSV',
    async () => (await import('./commands/generate.ts')).generateCommand,
  ),
  command(
    'plan-workflow <file>',
    'Say which machines a workflow would lease to be done in time, by each planner',
    async () => (await import('./commands/plan-workflow.ts')).planWorkflowCommand,
  ),
  command(
    'fit-migration <file>',
    'Fit the live migrations of the simulated hypervisor to measured ones, and say how far off they are',
    async () => (await import('./commands/fit-migration.ts')).fitMigrationCommand,
  ),
  command(
    'predict-migration',
    'Say how long the models of live migration take, how long guests stand still, and what is sent, side by side',
    async () => (await import('./commands/predict-migration.ts')).predictMigrationCommand,
  ),
  command(
    'calibrate <database> [archives..]',
    'Fit the simulated machines and users to what a live service recorded, and say how far off they are',
    async () => (await import('./commands/calibrate.ts')).calibrateCommand,
  ),
  command(
    'live [config]',
    'Serve the REST API and the portal, on a simulated cluster or a real hypervisor',
    async () => (await import('./commands/live.ts')).liveCommand,
  ),
  command(
    'demo <name>',
    'Show the live service at work, from the first request to the bill, in no time',
    async () => (await import('./commands/demo.ts')).demoCommand,
  ),
  command(
    'reserve <type>',
    'Ask a service for a reservation, and negotiate about it at the terminal',
    async () => (await import('./commands/reserve.ts')).reserveCommand,
  ),
  command(
    'my',
    'List your reservations on a service, and where their VMs are',
    async () => (await import('./commands/my.ts')).myCommand,
  ),
  command(
    'activate <id>',
    'Let the VMs of a reservation start',
    async () => (await import('./commands/of-reservation.ts')).activateCommand,
  ),
  command(
    'change <id>',
    'Ask a service for other terms of a reservation, and negotiate about them at the terminal',
    async () => (await import('./commands/change.ts')).changeCommand,
  ),
  command(
    'cancel <id>',
    'Give back a reservation on a service',
    async () => (await import('./commands/of-reservation.ts')).cancelCommand,
  ),
  command(
    'service <command>',
    'Have services follow their manifests on a live service: submit, confirm, list, show, end',
    async () => (await import('./commands/service.ts')).serviceCommand,
  ),
  command(
    'drain <node>',
    'Take a node of a service out of service, after a look at what that would do',
    async () => (await import('./commands/drain.ts')).drainCommand,
  ),
  command(
    'what-if',
    'Say what would come of other nodes and policies on a service that runs; nothing changes',
    async () => (await import('./commands/what-if.ts')).whatIfCommand,
  ),
  command(
    'report <source> [archives..]',
    'Report on what a live service recorded, or print the summary of a run again',
    async () => (await import('./commands/report.ts')).reportCommand,
  ),
  command(
    'replay <database> [archives..]',
    'Put what a live service recorded through the simulator, under the same or other policies',
    async () => (await import('./commands/replay.ts')).replayCommand,
  ),
  command(
    'backup <database> <file>',
    'Copy the database of a live service, as of one instant, while the service goes on',
    async () => (await import('./commands/backup.ts')).backupCommand,
  ),
  command(
    'archive <database>',
    'Move the history of a live service that is stopped out of its database, into a file',
    async () => (await import('./commands/archive.ts')).archiveCommand,
  ),
  command(
    'account <command>',
    'Look after the accounts of a live service: create, import a class, delete, disable, set a password',
    async () => (await import('./commands/account.ts')).accountCommand,
  ),
  command(
    'xapi-sim',
    'Serve the Xen API of a simulated pool, for trying and testing without one',
    async () => (await import('./commands/xapi-sim.ts')).xapiSimCommand,
  ),
  // One for each hypervisor that has a doctor, called after its section.
  command('xen <command>', 'Look after a Xen pool of a service', async () =>
    (await import('./commands/doctor.ts')).sectionCommand('xen'),
  ),
  command('xl <command>', 'Look after a plain Xen host of a service', async () =>
    (await import('./commands/doctor.ts')).sectionCommand('xl'),
  ),
];
