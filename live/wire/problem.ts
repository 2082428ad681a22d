// What is answered when something is refused or has failed.
import { Type } from 'typebox';
import { component } from './field.ts';

export const Problem = component(
  'Problem',
  Type.Object(
    {
      type: Type.String({ examples: ['urn:openpex:problem:PEX_NOT_FOUND'] }),
      title: Type.String(),
      status: Type.Integer(),
      detail: Type.String(),
      code: Type.String({ examples: ['PEX_NOT_FOUND'] }),
      instance: Type.String({ description: 'The request, as the log of the service names it' }),
    },
    { additionalProperties: true, description: 'RFC 9457; some codes have further members' },
  ),
);
