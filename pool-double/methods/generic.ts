// The messages that every class has by its fields: getters, setters, adding to and removing from maps and sets, and the ways
// to find objects. Read off the table.
import { CLASS_NAMES, type ClassName, type Field, fieldsOf, type XapiValue } from '../data-model.ts';
import { XapiFailure } from '../errors.ts';
import type { ObjectStore } from '../store.ts';
import type { Toolstack } from '../toolstack.ts';
import { isMap, isSet, type Role, type Verb, type Verbs } from '../verbs.ts';

/** Set when an object is made, and by messages later. */
const SETTABLE_LATER: Partial<Record<ClassName, readonly string[]>> = {
  VM: ['actions_after_crash', 'order', 'start_delay', 'shutdown_delay', 'domain_type', 'HVM_boot_policy'],
  VDI: ['name_label', 'name_description', 'sharable', 'read_only'],
  SR: ['name_label', 'name_description', 'shared'],
  VIF: ['locking_mode', 'ipv4_allowed', 'ipv6_allowed'],
  host: ['display'],
};

/** Read as a whole only. */
const WITHOUT_GETTERS: readonly ClassName[] = ['message'];

/** Sessions are nobody's business. */
const UNLISTED: readonly ClassName[] = ['session'];

export function genericMethods({ store, operations }: Toolstack): Verbs {
  const verbs: Record<string, Verb> = {};
  for (const className of CLASS_NAMES) {
    Object.assign(verbs, findersOf(store, className));
    if (WITHOUT_GETTERS.includes(className)) continue;
    for (const [name, field] of Object.entries(fieldsOf(className))) {
      verbs[`${className}.get_${name}`] = {
        role: 'read-only',
        params: [`ref ${className}`],
        required: 1,
        result: field.type,
        run: (_call, [ref = '']) => fieldOf(store, className, String(ref), name),
      };
      const settable = field.access === 'rw' || SETTABLE_LATER[className]?.includes(name);
      if (settable) Object.assign(verbs, settersOf(className, name, field));
    }
  }
  return verbs;

  function settersOf(className: ClassName, name: string, field: Field): Verbs {
    const [kind, ...rest] = field.type.split(' ');
    const of = rest.join(' ');
    const role = setterRole(className);
    const change = (ref: string, edit: (value: XapiValue) => XapiValue): string => {
      store.update(className, ref, { [name]: edit(fieldOf(store, className, ref, name)) });
      if (className === 'VM') operations.refresh(ref);
      return '';
    };
    const message = (prefix: string, params: readonly string[], edit: Edit): Verbs => ({
      [`${className}.${prefix}${name}`]: {
        role,
        params: [`ref ${className}`, ...params],
        required: 1 + params.length,
        result: 'void',
        run: (_call, [ref = '', ...values]) => change(String(ref), (value) => edit(value, values)),
      },
    });
    const setter = message('set_', [field.type], (_value, [next = '']) => next);
    if (kind === 'map') {
      return {
        ...setter,
        ...message('add_to_', ['string', of], addEntry),
        ...message('remove_from_', ['string'], dropEntry),
      };
    }
    if (kind === 'set')
      return { ...setter, ...message('add_', [of], addItem), ...message('remove_', [of], dropItem) };
    return setter;
  }
}

type Edit = (value: XapiValue, given: readonly XapiValue[]) => XapiValue;

const addEntry: Edit = (map, [key = '', item = '']) => {
  const entries = isMap(map) ? map : {};
  if (Object.hasOwn(entries, String(key)))
    throw new XapiFailure('MAP_DUPLICATE_KEY', '', '', '', String(key));
  return { ...entries, [String(key)]: item };
};

const dropEntry: Edit = (map, [key]) =>
  Object.fromEntries(Object.entries(isMap(map) ? map : {}).filter(([known]) => known !== key));

const addItem: Edit = (set, [item = '']) => {
  const items = isSet(set) ? set : [];
  return items.includes(item) ? items : [...items, item];
};

const dropItem: Edit = (set, [item]) => (isSet(set) ? set : []).filter((known) => known !== item);

function setterRole(className: ClassName): Role {
  if (className === 'task' || className === 'session') return 'read-only';
  return ['VM', 'VIF', 'VBD', 'VDI', 'VM_metrics', 'VM_guest_metrics', 'console'].includes(className)
    ? 'vm-admin'
    : 'pool-operator';
}

function findersOf(store: ObjectStore, className: ClassName): Verbs {
  const role = 'read-only';
  const self = [`ref ${className}`];
  const finders: Record<string, Verb> = {
    get_record: {
      role,
      params: self,
      required: 1,
      result: `record ${className}`,
      run: (_call, [ref = '']) => recordOf(store, className, String(ref)),
    },
    get_by_uuid: {
      role,
      params: ['string'],
      required: 1,
      result: `ref ${className}`,
      run: (_call, [uuid = '']) => {
        const found = store.all(className).find(([, record]) => record.uuid === uuid);
        if (found === undefined) throw new XapiFailure('UUID_INVALID', className, String(uuid));
        return found[0];
      },
    },
  };
  if ('name_label' in fieldsOf(className)) {
    finders['get_by_name_label'] = {
      role,
      params: ['string'],
      required: 1,
      result: `set ref ${className}`,
      run: (_call, [label]) =>
        store
          .all(className)
          .map(([ref]) => ref)
          .filter((ref) => recordOf(store, className, ref)['name_label'] === label),
    };
  }
  if (!UNLISTED.includes(className)) {
    finders['get_all'] = {
      role,
      params: [],
      required: 0,
      result: `set ref ${className}`,
      run: () => store.all(className).map(([ref]) => ref),
    };
    finders['get_all_records'] = {
      role,
      params: [],
      required: 0,
      result: `map record ${className}`,
      run: () => Object.fromEntries(store.all(className)),
    };
    finders['get_all_records_where'] = {
      role,
      params: ['string'],
      required: 1,
      result: `map record ${className}`,
      run: (_call, [expression = '']) => {
        const matches = parseExpression(String(expression));
        return Object.fromEntries(store.all(className).filter(([, record]) => matches(record)));
      },
    };
  }
  return Object.fromEntries(
    Object.entries(finders).map(([name, finder]) => [`${className}.${name}`, finder]),
  );
}

function recordOf(
  store: ObjectStore,
  className: ClassName,
  ref: string,
): Readonly<Record<string, XapiValue>> {
  return store.get(className, ref);
}

function fieldOf(store: ObjectStore, className: ClassName, ref: string, field: string): XapiValue {
  return recordOf(store, className, ref)[field] ?? '';
}

type Matches = (record: Readonly<Record<string, XapiValue>>) => boolean;

/** `true`, or comparisons of fields joined by `and`: `field "power_state"="Running" and field "is_a_template"="false"`. */
function parseExpression(expression: string): Matches {
  if (/^\s*true\s*$/.test(expression)) return () => true;
  const terms = expression.split(/\band\b/).map((term) => {
    const match = /^\s*field\s+"(\w+)"\s*=\s*"([^"]*)"\s*$/.exec(term);
    if (match === null) throw new XapiFailure('INTERNAL_ERROR', `cannot parse expression: ${expression}`);
    const [, field = '', value] = match;
    return (record: Readonly<Record<string, XapiValue>>) => String(record[field]) === value;
  });
  return (record) => terms.every((matches) => matches(record));
}
