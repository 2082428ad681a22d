// The stories of the portal, told in one browser: each group in a file of its own.
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { canPlay, Stage } from './stage.ts';
import { calendarStories } from './stories/calendar.ts';
import { entranceStories } from './stories/entrance.ts';
import { everyPageStories } from './stories/every-page.ts';
import { firstDayStories } from './stories/first-day.ts';
import { negotiationStories } from './stories/negotiation.ts';
import { operatorStories } from './stories/operator.ts';
import { outageStories } from './stories/outage.ts';
import { ownStories } from './stories/own.ts';
import { planStories } from './stories/plan.ts';
import { requestStories } from './stories/request.ts';

describe.skipIf(!canPlay)('the portal', () => {
  const stage = new Stage();
  beforeAll(() => stage.open());
  afterAll(() => stage.close());
  afterEach(async () => {
    expect(await stage.clear()).toEqual([]);
  });

  describe('entrance', () => entranceStories(stage));
  describe('a first day', () => firstDayStories(stage));
  describe('a new reservation', () => requestStories(stage));
  describe('the plan', () => planStories(stage));
  describe('the negotiation', () => negotiationStories(stage));
  describe("one's own", () => ownStories(stage));
  describe('operators', () => operatorStories(stage));
  describe('the calendar', () => calendarStories(stage));
  describe('an outage', () => outageStories(stage));
  describe('every page', () => everyPageStories(stage));
});
