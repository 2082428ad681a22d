// What can be had: instance types and images, by the names that users of EC2 give them.
import type { Resources } from '../../engine/index.ts';
import { suggestion } from '../../written/suggestion.ts';
import type { TemplateRecord } from '../records.ts';
import type { Service } from '../service/service.ts';
import { Ec2Error } from './errors.ts';
import { imageIdOf } from './ids.ts';

/** Clients that only know the types of EC2 say m1.small or t2.small for SMALL: the family is overlooked. */
const FAMILY = /^[a-z][a-z0-9-]*\./i;

/** @throws Ec2Error InvalidInstanceType */
export function readInstanceType(
  text: string,
  { instanceTypes }: Pick<Service, 'instanceTypes'>,
): { readonly type: string; readonly demand: Resources } {
  for (const name of [text, text.toUpperCase(), text.replace(FAMILY, '').toUpperCase()]) {
    const demand = instanceTypes.get(name);
    if (demand !== undefined) return { type: name, demand };
  }
  throw new Ec2Error(
    'InvalidParameterValue',
    `Invalid value '${text.slice(0, 100)}' for InstanceType${suggestion(text, [...instanceTypes.keys()])}.`,
  );
}

/** By its id, or by the name of the template; undefined: the usual one. @throws Ec2Error InvalidAMIID.NotFound */
export function readImage(
  text: string | undefined,
  { templates }: Pick<Service, 'templates'>,
): TemplateRecord {
  const found =
    text === undefined
      ? templates[0]
      : templates.find(({ name }) => name === text || imageIdOf(name) === text);
  if (found !== undefined) return found;
  throw new Ec2Error(
    'InvalidAMIID.NotFound',
    `The image id '[${(text ?? '').slice(0, 100)}]' does not exist`,
  );
}
