// Another OpenPEX service that may have what this one has not.
export interface PartnerSettings {
  /** What users of this service call it. */
  readonly name: string;
  /** Of the service, without path: "https://pex.example.org". */
  readonly url: string;
  /** Of an account there: with the scope `use` where this service buys of it, else with `read`. Never to be logged. */
  readonly token: string;
  /** How long an answer may take. */
  readonly timeoutMs: number;
  /** How often it is asked what has become of what was bought of it, in real time. */
  readonly lookEveryMs: number;
  /** So long after the end of what it sold it is waited for when it does not answer, in the time of the service. */
  readonly giveUpMs: number;
}
