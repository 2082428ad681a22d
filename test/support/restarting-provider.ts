// A provider that is made anew after every input, from what it would have stored as text.
import { Provider, type ProviderSetup } from '../../engine/index.ts';

export function restartingProvider(setup: ProviderSetup): Provider {
  let inner = new Provider(setup);
  return new Proxy(inner, {
    get(_target, name) {
      if (name === 'handle')
        return (...input: Parameters<Provider['handle']>) => {
          const commit = inner.handle(...input);
          inner = new Provider(setup, { snapshot: JSON.parse(JSON.stringify(inner.snapshot())) });
          return commit;
        };
      const value: unknown = Reflect.get(inner, name, inner);
      return typeof value === 'function' ? value.bind(inner) : value;
    },
  });
}
