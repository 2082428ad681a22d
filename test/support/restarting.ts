// A provider that lives for one input at a time: whatever it does not keep in its snapshot is lost.
import { Provider, type ProviderSetup } from '../../engine/index.ts';

/** Made again from its snapshot, as JSON, after each input. @param stored what is read of what was written */
export function restarting(setup: ProviderSetup, stored = (json: string) => json): Provider {
  let inner = new Provider(setup);
  return new Proxy(inner, {
    get(_target, name) {
      if (name === 'handle') {
        return (...input: Parameters<Provider['handle']>) => {
          const commit = inner.handle(...input);
          inner = new Provider(setup, { snapshot: JSON.parse(stored(JSON.stringify(inner.snapshot()))) });
          return commit;
        };
      }
      const value: unknown = Reflect.get(inner, name, inner);
      return typeof value === 'function' ? value.bind(inner) : value;
    },
  });
}
