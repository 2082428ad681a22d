// Writes answers by their schemas.
import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';

type Build = ReturnType<typeof SerializerSelector>;

/** The code that writes an answer is made when it is first given: a service can give hundreds, and that of all of them took a start a sixth of its processor time. */
export const buildSerializer: Build = (schemas, options) => (route) => {
  let write: ReturnType<ReturnType<Build>> | undefined;
  return (answer) => {
    write ??= SerializerSelector()(schemas, options)(route);
    return write(answer);
  };
};
