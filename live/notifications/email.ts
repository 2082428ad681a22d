// E-mail by SMTP.
import { createTransport } from 'nodemailer';
import type { Delivery, DeliveryChannel } from './notifier.ts';

export interface EmailSettings {
  /** smtp://USER:PASSWORD@HOST:PORT or smtps://…; with its secrets: never to be logged. */
  readonly smtp: string;
  /** Whom they come from. */
  readonly from: string;
}

/** For each step of the exchange with the server. */
const STEP_TIMEOUT_MS = 20_000;

export function emailChannel({ from, smtp }: EmailSettings): DeliveryChannel {
  const transport = createTransport({
    url: smtp,
    pool: true,
    maxConnections: 2,
    connectionTimeout: STEP_TIMEOUT_MS,
    greetingTimeout: STEP_TIMEOUT_MS,
    socketTimeout: STEP_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async deliver({ account, message, notice }: Delivery) {
      try {
        await transport.sendMail({
          from,
          to: { name: account.fullName, address: account.email },
          subject: message.subject,
          text: message.text,
          headers: { 'Auto-Submitted': 'auto-generated', 'OpenPEX-Delivery': String(notice.noticeId) },
        });
        return { outcome: 'delivered' };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        // RFC 5321, 4.2.1: what fails with 5yz fails again. A wrong password of ours is no fault of the message.
        const { code, responseCode } = error as { code?: string; responseCode?: number };
        const isRefused = code === 'EENVELOPE' || code === 'EMESSAGE';
        return isRefused && responseCode !== undefined && responseCode >= 500
          ? { outcome: 'refused', reason }
          : { outcome: 'failed', reason };
      }
    },
    end: () => transport.close(),
  };
}
