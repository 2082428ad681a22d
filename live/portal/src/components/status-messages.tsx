// Short messages about what was just done or refused, at the foot of the window; screen readers read them out.
import type { ComponentChildren } from 'preact';
import { useCallback, useState } from 'preact/hooks';
import { SayContext, type StatusTone } from '../live/context.ts';

interface Message {
  readonly id: number;
  readonly text: string;
  readonly tone: StatusTone;
}

const SHOWN_MS: Record<StatusTone, number> = { done: 6000, problem: 15_000 };

export function StatusMessages({ children }: { children: ComponentChildren }) {
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const drop = (id: number) => setMessages((those) => those.filter((message) => message.id !== id));
  const say = useCallback((text: string, tone: StatusTone = 'done') => {
    setMessages((those) => {
      const message = { id: (those.at(-1)?.id ?? 0) + 1, text, tone };
      window.setTimeout(() => drop(message.id), SHOWN_MS[tone]);
      return [...those.filter((other) => other.text !== text), message].slice(-3);
    });
  }, []);
  return (
    <SayContext.Provider value={say}>
      {children}
      <div class="status-messages" role="status" aria-live="polite">
        {messages.map(({ id, text, tone }) => (
          <div key={id} class={`status-message ${tone}`}>
            <span>{text}</span>
            <button type="button" class="quiet" aria-label="Dismiss this message" onClick={() => drop(id)}>
              ×
            </button>
          </div>
        ))}
      </div>
    </SayContext.Provider>
  );
}
