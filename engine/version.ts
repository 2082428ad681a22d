/** Version of OpenPEX, as the event stream says it: what decided as recorded. The same as in package.json. */
export const ENGINE_VERSION = '0.1.0';
