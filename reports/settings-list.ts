// A resolved scenario as a flat list of settings, as the report prints them.

export interface SettingLine {
  readonly path: string;
  readonly value: string;
}

/** Leaves in document order; lists of plain values stay on one line. */
export function listSettings(value: unknown, path = ''): SettingLine[] {
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== 'object' || item === null)) {
      return [{ path, value: JSON.stringify(value) }];
    }
    return value.flatMap((item, index) => listSettings(item, `${path}[${index}]`));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, item]) =>
      listSettings(item, path === '' ? key : `${path}.${key}`),
    );
  }
  return [{ path, value: String(value) }];
}
