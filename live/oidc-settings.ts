// Another server at which users can log in: an OpenID provider.
export interface OidcSettings {
  /** Its address, below which it describes itself. */
  readonly issuer: string;
  readonly clientId: string;
  /** Never to be logged. */
  readonly clientSecret: string;
  /** Where browsers reach this service: "https://pex.example.org". */
  readonly publicUrl: string;
  /** What the portal calls it. */
  readonly name: string;
  /** What names a new account. */
  readonly usernameClaim: string;
  /** create: who logs in for the first time gets an account; known: an operator, or registration, made it before. */
  readonly accounts: 'create' | 'known';
  /** An account with the e-mail address that the provider has verified is that user's. */
  readonly linksByEmail: boolean;
}
