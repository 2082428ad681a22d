// One public key as OpenSSH writes it: kind, key, and a comment if there is one. API and portal judge alike; it imports nothing.

export const SSH_KEY_PATTERN =
  '^(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ [A-Za-z0-9+/=]{32,}( [^\\x00-\\x1f\\x7f"\\\\]*)?$';

export const SSH_KEY = new RegExp(SSH_KEY_PATTERN);
