// Another OpenPEX service that may have what this one has not.
export interface PartnerSettings {
  /** What users of this service call it. */
  readonly name: string;
  /** Of the service, without path: "https://pex.example.org". */
  readonly url: string;
  /** Of an account there, with the scope `read`. Never to be logged. */
  readonly token: string;
  /** How long an answer may take. */
  readonly timeoutMs: number;
}
