// The actions there are, by their names in EC2: one line each.
import type { Action } from '../request.ts';
import {
  describeCapacityBlockOfferings,
  describeCapacityBlocks,
  purchaseCapacityBlock,
} from './capacity-blocks.ts';
import {
  cancelCapacityReservation,
  createCapacityReservation,
  describeCapacityReservations,
  getCapacityReservationUsage,
  modifyCapacityReservation,
} from './capacity-reservations.ts';
import {
  describeInstanceAttribute,
  describeInstanceStatus,
  describeInstances,
  getConsoleOutput,
  rebootInstances,
  startInstances,
  stopInstances,
  terminateInstances,
} from './instances.ts';
import { createKeyPair, deleteKeyPair, describeKeyPairs, importKeyPair } from './key-pairs.ts';
import { describeImages, describeInstanceTypeOfferings, describeInstanceTypes } from './offered.ts';
import {
  describeAddresses,
  describeAvailabilityZones,
  describeRegions,
  describeSecurityGroups,
} from './places.ts';
import {
  describeReservedInstances,
  describeReservedInstancesOfferings,
  purchaseReservedInstancesOffering,
} from './reserved-instances.ts';
import { runInstances } from './run-instances.ts';
import { createTags, deleteTags, describeTags } from './tags.ts';

export const ACTIONS: ReadonlyMap<string, Action> = new Map(
  Object.entries({
    CancelCapacityReservation: cancelCapacityReservation,
    CreateCapacityReservation: createCapacityReservation,
    CreateKeyPair: createKeyPair,
    CreateTags: createTags,
    DeleteKeyPair: deleteKeyPair,
    DeleteTags: deleteTags,
    DescribeAddresses: describeAddresses,
    DescribeAvailabilityZones: describeAvailabilityZones,
    DescribeCapacityBlockOfferings: describeCapacityBlockOfferings,
    DescribeCapacityBlocks: describeCapacityBlocks,
    DescribeCapacityReservations: describeCapacityReservations,
    DescribeImages: describeImages,
    DescribeInstanceAttribute: describeInstanceAttribute,
    DescribeInstanceStatus: describeInstanceStatus,
    DescribeInstanceTypeOfferings: describeInstanceTypeOfferings,
    DescribeInstanceTypes: describeInstanceTypes,
    DescribeInstances: describeInstances,
    DescribeKeyPairs: describeKeyPairs,
    DescribeRegions: describeRegions,
    DescribeReservedInstances: describeReservedInstances,
    DescribeReservedInstancesOfferings: describeReservedInstancesOfferings,
    DescribeSecurityGroups: describeSecurityGroups,
    DescribeTags: describeTags,
    GetCapacityReservationUsage: getCapacityReservationUsage,
    GetConsoleOutput: getConsoleOutput,
    ImportKeyPair: importKeyPair,
    ModifyCapacityReservation: modifyCapacityReservation,
    PurchaseCapacityBlock: purchaseCapacityBlock,
    PurchaseReservedInstancesOffering: purchaseReservedInstancesOffering,
    RebootInstances: rebootInstances,
    RunInstances: runInstances,
    StartInstances: startInstances,
    StopInstances: stopInstances,
    TerminateInstances: terminateInstances,
  }),
);
