/** The update as equations: each in symbols, then with the numbers of the step that just happened. */
import type { ReactNode } from 'react';
import type { WeightUpdate } from '../../core/watched-weight.ts';
import { formatFine } from '../format.ts';
import { texts } from '../texts.ts';
import { Term } from './Term.tsx';
import { partsOf } from './update-parts.ts';

const t = texts.playground;

interface Equation {
  readonly key: keyof typeof t.lines;
  readonly symbols: ReactNode;
  readonly numbers: string;
  readonly result: number;
}

/** @param update null before the first step: the symbols alone */
export function Equations({ update, form }: { readonly update: WeightUpdate | null; readonly form: WeightUpdate['penaltyStep'] }) {
  const rows = (update?.penaltyStep ?? form) === 'gradient' ? gradientForm(update) : proximalForm(update);
  return (
    <ol className="equations">
      {rows.map(({ key, symbols, numbers, result }) => (
        <li key={key}>
          <span className="equation-name">{t.lines[key]}</span>
          <span className="formula equation">{symbols}</span>
          {update !== null && <span className="equation-numbers">= {numbers !== '' && <>{numbers} = </>}<b>{formatFine(result)}</b></span>}
        </li>
      ))}
    </ol>
  );
}

/** Negative numbers in brackets where they stand behind an operator. */
function n(value: number): string {
  return value < 0 ? `(${formatFine(value)})` : formatFine(value);
}

const LOSS = <><Term id="gradient" /> = ∂L / ∂<Term id="theta" /></>;

/** g ← g + wd·θ + 2λΩ(θ − θ*), v ← m·v + g, θ ← θ − lr·v. */
function gradientForm(update: WeightUpdate | null): Equation[] {
  const decays = (update?.weightDecay ?? 0) > 0;
  const parts = update ? partsOf(update) : null;
  const pull = update && parts && update.anchor !== null ? parts.strength * (update.theta - update.anchor) : 0;
  return [
    { key: 'loss', symbols: LOSS, numbers: '', result: update?.gradient ?? 0 },
    {
      key: 'pull',
      symbols: <>2 <Term id="lambda" /> <Term id="omega" /> (<Term id="theta" /> − <Term id="anchor" />)</>,
      numbers: update && update.omega !== null && update.anchor !== null ? `2 · ${n(update.lambda)} · ${n(update.omega)} · (${formatFine(update.theta)} − ${n(update.anchor)})` : '',
      result: pull,
    },
    {
      key: 'momentum',
      symbols: <><Term id="velocity" /> ← <Term id="momentum" /> <Term id="velocity" /> + <Term id="gradient" />{decays && <> + <Term id="decay" /> <Term id="theta" /></>} + 2 <Term id="lambda" /> <Term id="omega" /> (<Term id="theta" /> − <Term id="anchor" />)</>,
      numbers: update ? `${n(update.momentum)} · ${n(update.velocity)} + ${n(update.gradient)}${decays ? ` + ${n(update.weightDecay)} · ${n(update.theta)}` : ''} + ${n(pull)}` : '',
      result: update?.velocityAfter ?? 0,
    },
    {
      key: 'moves',
      symbols: <><Term id="theta" /> ← <Term id="theta" /> − <Term id="rate" /> <Term id="velocity" /></>,
      numbers: update ? `${formatFine(update.theta)} − ${n(update.learningRate)} · ${n(update.velocityAfter)}` : '',
      result: update?.thetaAfter ?? 0,
    },
  ];
}

/** v ← m·v + g + wd·θ, θ̃ = θ − lr·v, θ ← (θ̃ + 2·lr·λ·Ω·θ*) / (1 + 2·lr·λ·Ω). */
function proximalForm(update: WeightUpdate | null): Equation[] {
  const decays = (update?.weightDecay ?? 0) > 0;
  const parts = update ? partsOf(update) : null;
  const velocity = update ? update.momentum * update.velocity + update.gradient + update.weightDecay * update.theta : 0;
  const product = update && parts ? update.learningRate * parts.strength : 0;
  return [
    { key: 'loss', symbols: LOSS, numbers: '', result: update?.gradient ?? 0 },
    {
      key: 'momentum',
      symbols: <><Term id="velocity" /> ← <Term id="momentum" /> <Term id="velocity" /> + <Term id="gradient" />{decays && <> + <Term id="decay" /> <Term id="theta" /></>}</>,
      numbers: update ? `${n(update.momentum)} · ${n(update.velocity)} + ${n(update.gradient)}${decays ? ` + ${n(update.weightDecay)} · ${n(update.theta)}` : ''}` : '',
      result: velocity,
    },
    {
      key: 'free',
      symbols: <><Term id="free" /> = <Term id="theta" /> − <Term id="rate" /> <Term id="velocity" /></>,
      numbers: update ? `${formatFine(update.theta)} − ${n(update.learningRate)} · ${n(velocity)}` : '',
      result: parts?.free ?? 0,
    },
    {
      key: 'pull',
      symbols: <>2 <Term id="rate" /> <Term id="lambda" /> <Term id="omega" /></>,
      numbers: update && update.omega !== null ? `2 · ${n(update.learningRate)} · ${n(update.lambda)} · ${n(update.omega)}` : '',
      result: product,
    },
    {
      key: 'moves',
      symbols: <><Term id="theta" /> ← (<Term id="free" /> + 2 <Term id="rate" /> <Term id="lambda" /> <Term id="omega" /> <Term id="anchor" />) / (1 + 2 <Term id="rate" /> <Term id="lambda" /> <Term id="omega" />)</>,
      numbers: update && parts && update.anchor !== null ? `(${formatFine(parts.free)} + ${n(product)} · ${n(update.anchor)}) / (1 + ${n(product)})` : '',
      result: update?.thetaAfter ?? 0,
    },
  ];
}
