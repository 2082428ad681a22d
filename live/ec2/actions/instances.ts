// Instances as they are described, and what can be done to those that there are.
import type { InstanceCommand } from '../../../engine/index.ts';
import type { AccountRecord, Ec2SlotRecord } from '../../records.ts';
import { cutShort } from '../../service/giving-up.ts';
import { Ec2Error } from '../errors.ts';
import {
  type Ec2Instance,
  type Estate,
  estateOf,
  instanceKey,
  STATE_CODES,
  type StateName,
} from '../estate.ts';
import { type Filters, filtered, paged } from '../filters.ts';
import { type Action, type Answer, type Ec2Parts, type Ec2Request, ownerOf, ZONE } from '../request.ts';
import type { XmlValue } from '../xml.ts';

export const describeInstances: Action = async ({ account, parameters }, parts) => {
  const { instances } = await estateOf(account, parts);
  const asked = find(instances, parameters.list('InstanceId'));
  const matching = filtered(asked, parameters, filtersFor(account), ({ tags }) => tags);
  const { nextToken, page } = paged(matching, parameters, instanceKey);
  const launches = [...new Set(page.map(({ launchId }) => launchId))];
  return {
    reservationSet: launches.map((id) =>
      launchAnswer(
        account,
        page.filter(({ launchId }) => launchId === id),
      ),
    ),
    nextToken,
  };
};

export const describeInstanceStatus: Action = async ({ account, parameters }, parts) => {
  const showsAll = parameters.flag('IncludeAllInstances') === true;
  const { instances } = await estateOf(account, parts);
  const asked = find(instances, parameters.list('InstanceId'));
  const shown = asked.filter(({ state }) => showsAll || state === 'running');
  const matching = filtered(shown, parameters, filtersFor(account), ({ tags }) => tags);
  const { nextToken, page } = paged(matching, parameters, instanceKey);
  return {
    instanceStatusSet: page.map(({ instanceId, state }) => {
      const status = state === 'running' ? 'ok' : 'not-applicable';
      return {
        instanceId,
        availabilityZone: ZONE,
        instanceState: stateAnswer(state),
        systemStatus: { status },
        instanceStatus: { status },
      };
    }),
    nextToken,
  };
};

export const describeInstanceAttribute: Action = async ({ account, parameters }, parts) => {
  const { instances } = await estateOf(account, parts);
  const [instance] = find(instances, [parameters.required('InstanceId')]);
  const { instanceId, instanceType, launch } = instance!;
  const values = {
    instanceType: { instanceType: { value: instanceType } },
    userData: { userData: launch?.terms.userData === undefined ? '' : { value: launch.terms.userData } },
    disableApiTermination: { disableApiTermination: { value: false } },
    instanceInitiatedShutdownBehavior: { instanceInitiatedShutdownBehavior: { value: 'stop' } },
    ebsOptimized: { ebsOptimized: { value: false } },
  };
  parameters.required('Attribute');
  const attribute = parameters.choice('Attribute', Object.keys(values) as (keyof typeof values)[])!;
  return { instanceId, ...values[attribute] };
};

/** There is no console to be read here: what the manager saw of the VM, line by line, the latest last. */
export const getConsoleOutput: Action = async ({ account, parameters }, parts) => {
  parameters.flag('Latest');
  const { instances } = await estateOf(account, parts);
  const [instance] = find(instances, [parameters.required('InstanceId')]);
  const { instanceId, vmId } = instance!;
  const events = await parts.journal.page({ userId: account.userId, limit: LAST_EVENTS, newestFirst: true });
  const lines = events.flatMap(({ event }) => {
    if (!('vmId' in event) || event.vmId !== vmId) return [];
    const said = Object.entries(event).filter(([name]) => !OF_EVERY_EVENT.includes(name));
    const words = said.map(
      ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    return [[new Date(event.atMs).toISOString(), event.type, ...words].join(' ')];
  });
  const text = `${lines.reverse().join('\n')}\n`;
  return {
    instanceId,
    timestamp: new Date(parts.service.now()),
    output: Buffer.from(text).toString('base64'),
  };
};

const LAST_EVENTS = 1000;
const OF_EVERY_EVENT: readonly string[] = ['atMs', 'provider', 'reservationId', 'seq', 'type', 'vmId'];

export const stopInstances: Action = async (request, parts) => {
  request.parameters.flag('Force');
  request.parameters.flag('Hibernate');
  return changeEach(request, parts, {
    refusedIn: ['pending', 'shutting-down', 'terminated'],
    isDone: (state) => state === 'stopped' || state === 'stopping',
    becomes: 'stopping',
    change: (instance) => commandVm(instance, 'stop', parts),
  });
};

export const startInstances: Action = async (request, parts) =>
  changeEach(request, parts, {
    refusedIn: ['stopping', 'shutting-down', 'terminated'],
    isDone: (state) => state === 'running' || state === 'pending',
    becomes: 'pending',
    change: (instance) =>
      commandVm(instance, instance.vm?.wanted === 'suspended' ? 'resume' : 'start', parts),
  });

export const rebootInstances: Action = async (request, parts) => {
  await changeEach(request, parts, {
    refusedIn: ['pending', 'stopping', 'stopped', 'shutting-down', 'terminated'],
    isDone: () => false,
    becomes: 'running',
    change: (instance) => commandVm(instance, 'reboot', parts),
  });
  return { return: true };
};

export const terminateInstances: Action = async (request, parts) =>
  changeEach(request, parts, {
    refusedIn: [],
    isDone: (state) => state === 'terminated' || state === 'shutting-down',
    becomes: 'shutting-down',
    change: (instance, estate) => terminate(instance, estate, request, parts),
  });

interface Change {
  readonly refusedIn: readonly StateName[];
  /** It is so already, or about to be. */
  readonly isDone: (state: StateName) => boolean;
  /** What is said of it then: it is on its way, even if it has arrived by now. */
  readonly becomes: StateName;
  readonly change: (instance: Ec2Instance, estate: Estate) => Promise<void>;
}

const DONE_TO: Readonly<Record<StateName, string>> = {
  pending: 'started',
  running: 'rebooted',
  stopping: 'stopped',
  stopped: 'stopped',
  'shutting-down': 'terminated',
  terminated: 'terminated',
};

/** All that are asked for, or none when one of them is not there or cannot be changed so. */
async function changeEach(
  request: Ec2Request,
  parts: Ec2Parts,
  { becomes, change, isDone, refusedIn }: Change,
): Promise<Answer> {
  const { account, parameters } = request;
  const ids = parameters.list('InstanceId');
  if (ids.length === 0) parameters.required('InstanceId');
  return parts.turns.take(account.userId, async () => {
    const estate = await estateOf(account, parts);
    const asked = find(estate.instances, ids);
    for (const { instanceId, state } of asked) {
      if (refusedIn.includes(state))
        throw new Ec2Error(
          'IncorrectInstanceState',
          `The instance '${instanceId}' is not in a state from which it can be ${DONE_TO[becomes]}: it is ${state}.`,
        );
    }
    request.beforeChange();
    const open = asked.filter(({ state }) => !isDone(state));
    await Promise.all(open.map((instance) => change(instance, estate)));
    return {
      instancesSet: asked.map(({ instanceId, state }) => ({
        instanceId,
        currentState: stateAnswer(isDone(state) ? state : becomes),
        previousState: stateAnswer(state),
      })),
    };
  });
}

async function commandVm(
  { instanceId, vmId }: Ec2Instance,
  command: InstanceCommand,
  { service }: Ec2Parts,
): Promise<void> {
  const reply = await service.commandInstance(vmId, command);
  if (reply.reply === 'REQUEST_SUCCESS') return;
  if (reply.reason === 'no-node' || reply.reason === 'parked')
    throw new Ec2Error(
      'InsufficientInstanceCapacity',
      `The node of '${instanceId}' is out of service, and no other has room.`,
    );
  throw new Ec2Error(
    'IncorrectInstanceState',
    `The instance '${instanceId}' cannot do that now: ${reply.reason}.`,
  );
}

/** What is left of its time is free again. In a capacity reservation another place takes the rest of it. */
async function terminate(
  { launch, reservation, slot, vm, vmId }: Ec2Instance,
  { capacities }: Estate,
  { account }: Ec2Request,
  parts: Ec2Parts,
): Promise<void> {
  const { reservationId, windowOpen } = reservation;
  if (!windowOpen && slot !== undefined) {
    await parts.service.cancel(reservationId);
    return;
  }
  const destroy = async () => {
    if (vm !== undefined) await parts.service.commandInstance(vmId, 'delete');
  };
  // Of others than ours only the VM goes: its place remains to whoever made the reservation.
  if (slot === undefined || launch === undefined) return destroy();
  const capacity = capacities.find(({ group }) => group.groupId === slot.capacityId);
  const isRenewed = capacity?.state === 'active';
  // The VM after the agreement on the rest: a reservation that has none left may be over at once, and nothing of it is paid back.
  const endMs = await cutShort(reservationId, account, parts, async (fromMs) => {
    const gone = destroy();
    const span = { fromMs, untilMs: capacity?.endMs ?? fromMs };
    if (isRenewed) await renew(slot, reservation.proposal!, span, account, parts);
    await gone;
  });
  if (endMs === undefined) await destroy();
}

async function renew(
  slot: Ec2SlotRecord,
  proposal: NonNullable<Ec2Instance['reservation']['proposal']>,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
  account: AccountRecord,
  { service, store }: Ec2Parts,
): Promise<void> {
  const durationMs = untilMs - fromMs;
  if (durationMs < Math.max(1, service.settings.shortestDurationMs)) return;
  const opened = await service.open(account, { ...proposal, startMs: fromMs, durationMs }, undefined, {
    onlyHere: true,
  });
  const { reply, reservationId } = opened;
  if (reply.reply === 'ACCEPT') {
    const place = { ...slot, reservationId, launchId: null, launchIndex: 0 };
    await store.save([], [{ ...slot, capacityId: null }, place]);
    await service.reply(account, reservationId, { reply: 'CONFIRM' });
  } else if (reply.reply === 'COUNTER') {
    await service.reply(account, reservationId, { reply: 'REJECT' }, { givesBack: true });
  }
}

/** @throws Ec2Error InvalidInstanceID.Malformed or InvalidInstanceID.NotFound */
function find(instances: readonly Ec2Instance[], ids: readonly string[]): readonly Ec2Instance[] {
  if (ids.length === 0) return instances;
  const malformed = ids.find((id) => !/^i-[0-9a-f]{8,17}$/.test(id));
  if (malformed !== undefined)
    throw new Ec2Error('InvalidInstanceID.Malformed', `Invalid id: "${malformed.slice(0, 100)}"`);
  const missing = ids.filter((id) => !instances.some(({ instanceId }) => instanceId === id));
  if (missing.length > 0)
    throw new Ec2Error(
      'InvalidInstanceID.NotFound',
      missing.length === 1
        ? `The instance ID '${missing[0]}' does not exist`
        : `The instance IDs '${missing.join(', ')}' do not exist`,
    );
  return instances.filter(({ instanceId }) => ids.includes(instanceId));
}

function filtersFor(account: AccountRecord): Filters<Ec2Instance> {
  return {
    'instance-id': ({ instanceId }) => instanceId,
    'instance-state-name': ({ state }) => state,
    'instance-state-code': ({ state }) => STATE_CODES[state],
    'instance-type': ({ instanceType }) => instanceType,
    'image-id': ({ imageId }) => imageId,
    'key-name': ({ launch }) => launch?.terms.keyName,
    'reservation-id': ({ launchId }) => launchId,
    'launch-time': ({ launchMs }) => new Date(launchMs).toISOString(),
    'launch-index': ({ launchIndex }) => launchIndex,
    'client-token': ({ launch }) => launch?.terms.clientToken,
    'private-ip-address': ({ vm }) => vm?.ipAddress ?? undefined,
    'ip-address': ({ vm }) => vm?.ipAddress ?? undefined,
    'capacity-reservation-id': ({ slot }) => slot?.capacityId ?? undefined,
    'availability-zone': () => ZONE,
    'owner-id': () => ownerOf(account),
    architecture: () => 'x86_64',
    hypervisor: () => 'xen',
    tenancy: () => 'default',
    'root-device-type': () => 'instance-store',
    'virtualization-type': () => 'hvm',
  };
}

/** What one RunInstances started; of what was not made here, a reservation. */
export function launchAnswer(account: AccountRecord, instances: readonly Ec2Instance[]): Answer {
  return {
    reservationId: instances[0]!.launchId,
    ownerId: ownerOf(account),
    groupSet: [],
    instancesSet: instances.map(instanceAnswer),
  };
}

function instanceAnswer(instance: Ec2Instance): XmlValue {
  const { endMs, imageId, instanceId, instanceType, launch, launchIndex, launchMs, slot, state, tags, vm } =
    instance;
  const isOver = state === 'terminated' || state === 'shutting-down';
  const address = isOver ? undefined : (vm?.ipAddress ?? undefined);
  return {
    instanceId,
    imageId,
    instanceState: stateAnswer(state),
    privateDnsName: '',
    dnsName: '',
    // EC2 has no field for it, and it is what a user has to know.
    reason: isOver ? whyOver(instance) : `OpenPEX: reserved until ${new Date(endMs).toISOString()}`,
    keyName: launch?.terms.keyName,
    amiLaunchIndex: launchIndex,
    productCodes: [],
    instanceType,
    launchTime: new Date(launchMs),
    placement: { availabilityZone: ZONE, groupName: '', tenancy: 'default' },
    monitoring: { state: 'disabled' },
    privateIpAddress: address,
    ipAddress: address,
    groupSet: [],
    architecture: 'x86_64',
    rootDeviceType: 'instance-store',
    blockDeviceMapping: [],
    virtualizationType: 'hvm',
    clientToken: launch?.terms.clientToken ?? '',
    tagSet: tags.map(({ key, value }) => ({ key, value })),
    hypervisor: 'xen',
    ebsOptimized: false,
    capacityReservationId: slot?.capacityId ?? undefined,
  };
}

function whyOver({ reservation: { endReason, state } }: Ec2Instance): string {
  if (state === 'FAILED') return `Server.InternalError: ${endReason ?? 'failed'}`;
  return endReason === null ? 'User initiated' : `OpenPEX: ${endReason}`;
}

function stateAnswer(name: StateName) {
  return { code: STATE_CODES[name], name };
}
