// The presets that ship, in the order in which they are listed.
import { azureFuture } from './azure-future.ts';
import { blazar } from './blazar.ts';
import { ec2CapacityBlocks } from './ec2-capacity-blocks.ts';
import { ec2FutureDated } from './ec2-future-dated.ts';
import { ec2Reserved2009 } from './ec2-reserved-2009.ts';
import { googleCalendar } from './google-calendar.ts';
import { gridEngine } from './grid-engine.ts';
import { haizea } from './haizea.ts';
import { oar } from './oar.ts';
import { openpex } from './openpex.ts';
import type { ReservationRulesPreset } from './preset.ts';
import { slurm } from './slurm.ts';

export const RESERVATION_RULES: readonly ReservationRulesPreset[] = [
  openpex,
  haizea,
  slurm,
  gridEngine,
  oar,
  blazar,
  ec2Reserved2009,
  ec2FutureDated,
  ec2CapacityBlocks,
  azureFuture,
  googleCalendar,
];
