// Session, task and event messages.
import { XapiFailure } from '../errors.ts';
import type { Events } from '../events.ts';
import type { Toolstack } from '../toolstack.ts';
import { type Verbs, verb } from '../verbs.ts';

export function bookkeepingMethods({ sessions, store, tasks, nodes }: Toolstack, events: Events): Verbs {
  return {
    'session.logout': verb({ role: 'read-only', params: [], result: 'void' }, ({ session }) => {
      sessions.logout(session);
      return '';
    }),
    'task.create': verb(
      { role: 'read-only', params: ['string', 'string'], result: 'ref task' },
      (_call, label, description) => tasks.create(label, description, nodes.master.host),
    ),
    'task.cancel': verb({ role: 'read-only', params: ['ref task'], result: 'void' }, (_call, task) => {
      tasks.cancel(task);
      return '';
    }),
    'task.destroy': verb({ role: 'read-only', params: ['ref task'], result: 'void' }, (_call, task) => {
      tasks.destroy(task);
      return '';
    }),
    'task.set_status': verb(
      { role: 'read-only', params: ['ref task', 'enum task_status_type'], result: 'void' },
      (_call, task, status) => {
        store.update('task', task, { status });
        return '';
      },
    ),
    'task.set_progress': verb(
      { role: 'read-only', params: ['ref task', 'float'], result: 'void' },
      (_call, task, progress) => {
        if (progress < 0 || progress > 1)
          throw new XapiFailure('INVALID_VALUE', 'progress', String(progress));
        store.update('task', task, { progress });
        return '';
      },
    ),
    'event.from': verb(
      { role: 'read-only', params: ['set string', 'string', 'float'], result: 'events' },
      ({ signal }, classes, token, seconds) => events.from(classes, token, seconds, signal),
    ),
    'event.inject': verb(
      { role: 'read-only', params: ['string', 'string'], result: 'string' },
      (_call, className, ref) => events.inject(className, ref),
    ),
    'event.get_current_id': verb({ role: 'read-only', params: [], result: 'int' }, () => store.generation),
  };
}
