// Which lines of a policy an error came through: its stack trace without our own frames, each where its author wrote it.
import type { PolicyErrorPlace, PolicyFrame } from './policy-error.ts';

/** Where the code of a policy lies, when it comes from a user's file. */
export interface PolicySource {
  /** The file as people know it. */
  readonly file: string;
  /** A place of the code that runs, as its author wrote it: compiled code lies elsewhere. */
  original(place: Required<PolicyErrorPlace>): PolicyErrorPlace;
}

const FRAMES_MAX = 5;
const ENGINE = new URL('..', import.meta.url).href;
const PROJECT = new URL('../..', import.meta.url).href;
const SHIPPED = `${PROJECT}policies/`;
/** Whatever stands below it on the stack is our way to the policy. */
const ASKING = /^(?:async )?(?:Sitting\.ask|makePolicy)\b/;

/** The frames of an error within the policy that was asked, from the top of the stack; empty when it carries no stack. */
export function framesOf(error: unknown, source: PolicySource | undefined): readonly PolicyFrame[] {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return [];
  const frames: PolicyFrame[] = [];
  for (const line of error.stack.split('\n')) {
    const [, text] = /^\s+at (.*)$/.exec(line) ?? [];
    if (text === undefined) continue;
    if (ASKING.test(text)) break;
    const frame = readFrame(text, source);
    if (frame !== undefined) frames.push(frame);
    if (frames.length === FRAMES_MAX) break;
  }
  return frames;
}

/** `Object.choose (/home/me/my-policy.ts:5:21)`; undefined for a frame of the engine, of a package or of Node. */
function readFrame(text: string, source: PolicySource | undefined): PolicyFrame | undefined {
  const [, called = '', location, line, column] = /^(?:(.*?) \()?(.*?):(\d+):(\d+)\)?$/.exec(text) ?? [];
  if (location === undefined) return undefined;
  const url = location.startsWith('/') ? `file://${location}` : location;
  if (!/^file:/.test(url) || url.startsWith(ENGINE) || url.includes('/node_modules/')) return undefined;
  // Helpers that ship with the policies are ours too, when the policy itself is a user's.
  if (source !== undefined && url.startsWith(SHIPPED)) return undefined;
  const file = url.startsWith(PROJECT) && source === undefined ? url.slice(PROJECT.length) : pathOf(url);
  const place = { file, line: Number(line), column: Number(column) };
  return {
    place: source?.original(place) ?? place,
    function: called.replace(/^(?:Object|Module|async)\.?\s*/, '').replace(/ \[as .*\]$/, ''),
  };
}

function pathOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname);
}
