// The models of live migration, by name. A new model is one file and one line here.
import { akoushAvg } from './akoush-avg.ts';
import { akoushHist } from './akoush-hist.ts';
import { clark } from './clark.ts';
import { fixed } from './fixed.ts';
import { hmdc } from './hmdc.ts';
import { liuBasic } from './liu-basic.ts';
import { liuWws } from './liu-wws.ts';
import { mecom } from './mecom.ts';
import type { MigrationModel } from './migration-settings.ts';
import { postCopy } from './post-copy.ts';
import { stopAndCopy } from './stop-and-copy.ts';
import { xbzrle } from './xbzrle.ts';
import { xen } from './xen.ts';

/** The first is the default. */
export const MIGRATION_MODELS: readonly [MigrationModel, ...MigrationModel[]] = [
  fixed,
  xen,
  clark,
  liuBasic,
  liuWws,
  akoushAvg,
  akoushHist,
  stopAndCopy,
  postCopy,
  mecom,
  xbzrle,
  hmdc,
];

/** @throws RangeError when there is none of that name */
export function migrationModel(name: string): MigrationModel {
  const model = MIGRATION_MODELS.find((one) => one.name === name);
  if (model === undefined) throw new RangeError(`there is no migration model "${name}"`);
  return model;
}
