// Messages of the protocol and commands that could not be carried out, as errors of the API: REQUEST_FAILED with the reason, and the
// reason in words.
import type {
  InstanceRefusal,
  InstanceReply,
  ProviderReply,
  RefusalReason,
  VmState,
} from '../../engine/index.ts';
import { ServiceError } from '../problems.ts';

type Failed<R extends { readonly reply: string }> = Extract<R, { readonly reply: 'REQUEST_FAILED' }>;

const OF_A_RESERVATION: Record<RefusalReason, string> = {
  'illegal-in-state': 'This cannot be said to the reservation in the state it is in.',
  'unknown-reservation': 'The reservation has ended.',
  'hold-expired': 'The offer was held until its time, which is over.',
  ended: 'The reservation has ended.',
  'capacity-lost': 'The capacity behind the offer was lost with a node.',
  'overbooking-risk':
    'Fewer of those who reserved this window may stay away than when it was offered. Ask again, for this or for something else.',
  'part-of-offer': 'It is held as a part of the offer for another reservation, and is answered with that.',
  'no-change-on-offer': 'No change of the reservation is on offer: none was asked for, or its hold is over.',
  committed: 'By the rules of this provider the reservation is binding now; it cannot be called off.',
};

const OF_AN_INSTANCE: Record<InstanceRefusal, string> = {
  'unknown-instance': 'The instance is deleted, or about to be.',
  ended: 'The window of its reservation is over.',
  'illegal-in-state': 'This cannot be done to the instance in the state it is in.',
  parked: 'Its node is lost or drained and no other has room; it goes on by itself as soon as one has.',
  'no-node': 'Its node is out of service, and there is no other for it yet.',
};

export function refusedReservation({ reason, state }: Failed<ProviderReply>): ServiceError {
  return requestFailed(OF_A_RESERVATION[reason], reason, state);
}

/** @param state in which it was last seen, where the reply does not say it */
export function refusedInstance({ reason, state }: Failed<InstanceReply>, lastSeen: VmState): ServiceError {
  return requestFailed(OF_AN_INSTANCE[reason], reason, state ?? lastSeen);
}

function requestFailed(detail: string, reason: string, state: string | undefined): ServiceError {
  return new ServiceError('PEX_REQUEST_FAILED', detail, {
    reply: 'REQUEST_FAILED',
    reason,
    ...(state === undefined ? {} : { state }),
  });
}
