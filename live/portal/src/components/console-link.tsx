// To the console of a VM, at the gateway of whoever runs the service; it opens beside the portal.
interface ConsoleLinkProps {
  readonly address: string;
  /** Of the VM. */
  readonly name: string;
}

export function ConsoleLink({ address, name }: ConsoleLinkProps) {
  return (
    <a href={address} target="_blank" rel="noreferrer" aria-label={`Console of ${name}`}>
      Console
    </a>
  );
}
