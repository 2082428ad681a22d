// Operators: an account for somebody else, with a first password to hand over.
import { usePortal, useSay } from '../live/context.ts';
import { Dialog } from './dialog.tsx';
import { RegistrationForm } from './registration-form.tsx';

interface NewUserDialogProps {
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

export function NewUserDialog({ onClose, onDone }: NewUserDialogProps) {
  const { api } = usePortal();
  const say = useSay();
  return (
    <Dialog title="New user" onClose={onClose}>
      <RegistrationForm
        isOwn={false}
        onCancel={onClose}
        onRegister={async (registration) => {
          await api.register(registration);
          say(`${registration.username} has an account.`);
          onClose();
          await onDone();
        }}
      />
    </Dialog>
  );
}
