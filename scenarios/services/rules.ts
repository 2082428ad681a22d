// Elasticity rules of a service manifest: assignments of arithmetic over figures, of which those of Replicas, CPU and Memory say what a component
// is to be. RESERVOIR's slides have Load(C3) = 3 * Load(C1), CPU(C1) = Users(C1) / 1000 and Replicas(C1) = RequestPerSecond(C1) / 500.
import { expressionOf } from '../../policies/expression/expression.ts';
import { suggestion } from '../../written/suggestion.ts';

type Values = Map<string, number>;

/** Between how many instances of a component there may be. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

interface Rule {
  readonly text: string;
  readonly figure: string;
  readonly expression: string;
}

interface Compiled {
  readonly figure: string;
  readonly value: (values: Values) => number;
}

const FIGURE = /^\s*([A-Za-z_]\w*)\s*(?:\(\s*([A-Za-z_]\w*)\s*\)|\.([A-Za-z_]\w*))?\s*$/;
const CALLS = /([A-Za-z_]\w*)\s*\(\s*([A-Za-z_]\w*)\s*\)/g;

/** "Load.C1" of "Load(C1)" or "Load.C1", "Hour" of "Hour"; undefined: it is none. */
export function figureName(text: string): string | undefined {
  const [, name, inBrackets, behindDot] = FIGURE.exec(text) ?? [];
  if (name === undefined) return undefined;
  const component = inBrackets ?? behindDot;
  return component === undefined ? name : `${name}.${component}`;
}

/** As people write it. */
export function figureText(figure: string): string {
  const [name, component] = figure.split('.');
  return component === undefined ? name! : `${name}(${component})`;
}

export class ElasticityRules {
  readonly #components: readonly string[];
  readonly #metrics: readonly string[];
  readonly #rules = new Map<string, Rule>();
  #compiled: readonly Compiled[] = [];

  /** @param metrics names of figures that are measured */
  constructor(components: readonly string[], metrics: readonly string[]) {
    this.#components = components;
    this.#metrics = metrics;
  }

  /** @throws RangeError that says what is wrong with the rule by itself */
  add(text: string): void {
    const at = text.indexOf('=');
    const figure = figureName(text.slice(0, Math.max(0, at)));
    if (figure === undefined)
      throw new RangeError(`"${text}" is no rule; expected Figure(component) = expression`);
    if (this.#metrics.includes(figure))
      throw new RangeError(`"${text}" says what is measured already: ${figureText(figure)}`);
    const before = this.#rules.get(figure);
    if (before !== undefined) throw new RangeError(`"${text}" says what "${before.text}" says already`);
    const component = figure.split('.')[1];
    if (component !== undefined && !this.#components.includes(component))
      throw new RangeError(
        `"${text}" is of ${component}, which is no component${suggestion(component, this.#components)}`,
      );
    this.#rules.set(figure, { text, figure, expression: text.slice(at + 1).replaceAll(CALLS, '$1.$2') });
  }

  /**
   * Called once, when all rules are there: puts those first that others need.
   * @throws RangeError for a figure that nobody measures and no rule gives, and for rules that need each other
   */
  close(): void {
    const compiled: Compiled[] = [];
    const replicas = this.#components.map((component) => `Replicas.${component}`);
    const known = [...new Set([...this.#metrics, ...this.#rules.keys(), ...replicas])];
    const done = new Set<string>();
    const compile = (rule: Rule, needed: readonly Rule[]): void => {
      if (done.has(rule.figure)) return;
      if (needed.includes(rule)) {
        const circle = [...needed.slice(needed.indexOf(rule)), rule].map(({ figure }) => figureText(figure));
        throw new RangeError(`rules need each other in a circle: ${circle.join(', ')}`);
      }
      const value = expressionOf<Values>(rule.expression, {
        of: (name) => {
          const other = this.#rules.get(name);
          if (other !== undefined) compile(other, [...needed, rule]);
          else if (!this.#metrics.includes(name) && this.#replicasOf(name) === undefined) return undefined;
          return (values) => values.get(name) ?? 0;
        },
        names: known.map(figureText).join(', '),
      });
      done.add(rule.figure);
      compiled.push({ figure: rule.figure, value });
    };
    for (const rule of this.#rules.values()) compile(rule, []);
    this.#compiled = compiled;
  }

  /**
   * What is measured, and what the rules make of it. Replicas, CPU and Memory are rounded up, and Replicas is within its bounds, also where other
   * rules count with them.
   * @param measured of every metric its value; one that is absent is 0
   * @param bounds of every component
   */
  figures(
    measured: ReadonlyMap<string, number>,
    bounds: ReadonlyMap<string, Bounds>,
  ): ReadonlyMap<string, number> {
    const values: Values = new Map(measured);
    for (const [component, { min }] of bounds) values.set(`Replicas.${component}`, min);
    for (const { figure, value } of this.#compiled) {
      const [name, component] = figure.split('.') as [string, string?];
      const raw = finite(value(values));
      if (component === undefined || !WHOLE.includes(name)) values.set(figure, raw);
      else if (name !== 'Replicas') values.set(figure, upward(raw));
      else {
        const { max, min } = bounds.get(component)!;
        values.set(figure, Math.min(max, Math.max(min, upward(raw))));
      }
    }
    return values;
  }

  /** The component whose instances a figure counts. */
  #replicasOf(figure: string): string | undefined {
    return this.#components.find((component) => figure === `Replicas.${component}`);
  }
}

const WHOLE = ['Replicas', 'CPU', 'Memory'];

/** Figures are stored as JSON, which has no other numbers. */
function finite(value: number): number {
  if (Number.isNaN(value)) return 0;
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value));
}

/** The next whole number; what is one but for rounding stays it. */
function upward(value: number): number {
  return Math.ceil(value - 1e-9);
}
