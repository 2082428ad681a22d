// What the package exports as openpex/client: the client of the REST API, and the types of what goes over it.
export {
  type Agreement,
  type ChangeAgreement,
  type Decision,
  negotiate,
  negotiateChange,
  type Terms,
  type TermsOffered,
} from './negotiation.ts';
export * from './openpex-client.ts';
export type * from './operations.ts';
export { OPERATIONS } from './operations.ts';
export type { Page } from './page.ts';
export { OpenPexProblem } from './problem.ts';
export * from './series.ts';
