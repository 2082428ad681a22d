// What runs in the thread of forecasts.
import { answerForecast } from './forecaster.ts';

export default answerForecast;
