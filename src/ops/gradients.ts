import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/** `tf.tidy` for results that are plain objects or tuples of tensors and nulls, whose type it keeps. */
export function tidied<Result extends object>(compute: () => Result): Result {
  return tf.tidy(compute as unknown as () => tf.TensorContainer) as unknown as Result;
}

/** Counts the memory of tensors: what several share counts once. */
export interface MemoryProbe {
  /**
   * Counts what there is now.
   * @param held what is kept besides the tape at hand, for the backward pass of everything around @returns bytes
   */
  count(held: readonly Tensor[]): number;
  /** That there were as many bytes at once. */
  raise(bytes: number): void;
}

/** Bytes of a float32 and of an int32. */
export const VALUE_BYTES = 4;

export function bytesOf({ size, dtype }: Tensor): number {
  return size * (dtype === 'bool' ? 1 : VALUE_BYTES);
}

/** Bytes that come with a tensor when it is made, and go with it: none while another shares them. */
function ownBytes(tensor: Tensor): number {
  return tf.engine().backend.refCount(tensor.dataId) === 1 ? bytesOf(tensor) : 0;
}

type TapeNode = ReturnType<typeof tf.engine>['state']['activeTape'][number];

/** Whether what is computed now is recorded for a backward pass, and so whether an op has to keep anything for one. */
export function isRecorded(): boolean {
  const { gradientDepth, kernelDepth } = tf.engine().state;
  return gradientDepth > 0 && kernelDepth === 0;
}

interface Differentiation {
  readonly forward: () => readonly Tensor[];
  /** The gradients of what `forward` returns; null for 1 of each. */
  readonly seeds: readonly Tensor[] | null;
  readonly inputs: readonly Tensor[];
  readonly probe: MemoryProbe | null;
  /** What is kept for the backward pass of everything around. */
  readonly held: readonly Tensor[];
}

interface Derivatives {
  /** What `forward` returned. */
  readonly outputs: readonly Tensor[];
  /** With respect to each input; null where nothing depends on it. */
  readonly gradients: readonly (Tensor | null)[];
}

/**
 * Gradients by the tape that tfjs records, the same to the bit as those of `tf.engine().gradients`. That one lets go of nothing before its
 * end; here what an op kept and the gradients of its results go as soon as the gradients of what it read are there.
 */
export function differentiate({ forward, seeds, inputs, probe, held }: Differentiation): Derivatives {
  const { state } = tf.engine(), around = state.activeTape;
  if (state.gradientDepth > 0) throw new Error('second derivatives are not implemented');
  try {
    const outputs = record(forward), alive = new Alive(probe?.count(held) ?? 0, probe);
    return { outputs, gradients: tidied(() => backpropagate(state.activeTape, { outputs, seeds, inputs }, alive)) };
  } finally {
    for (const { saved } of state.activeTape) tf.dispose(saved);
    state.activeTape = around;
  }
}

/** Runs a forward pass on a tape of its own, which is the active one from then on. */
function record(forward: () => readonly Tensor[]): readonly Tensor[] {
  const { state } = tf.engine();
  state.activeTape = [];
  state.gradientDepth++;
  try {
    return tf.tidy(() => [...forward()]);
  } finally {
    state.gradientDepth--;
  }
}

/** How much memory there is, as tensors come and go. */
class Alive {
  #bytes: number;
  readonly #probe: MemoryProbe | null;

  constructor(bytes: number, probe: MemoryProbe | null) {
    this.#bytes = bytes;
    this.#probe = probe;
  }

  add(tensor: Tensor): void {
    this.#bytes += ownBytes(tensor);
    this.#probe?.raise(this.#bytes);
  }

  dispose(tensor: Tensor): void {
    this.#bytes -= ownBytes(tensor);
    tensor.dispose();
  }
}

type Ends = Pick<Differentiation, 'seeds' | 'inputs'> & Pick<Derivatives, 'outputs'>;

function backpropagate(tape: readonly TapeNode[], { outputs, seeds, inputs }: Ends, alive: Alive): readonly (Tensor | null)[] {
  const dependent = findDependent(tape, inputs), gradients = new Map<number, Tensor>();
  const add = ({ id }: Tensor, gradient: Tensor): void => {
    const known = gradients.get(id), sum = known === undefined ? gradient : tf.add(known, gradient);
    gradients.set(id, sum);
    if (known === undefined) return;
    alive.add(sum);
    [known, gradient].forEach((term) => { alive.dispose(term); });
  };
  outputs.forEach((output, k) => { add(output, seeds === null ? tf.onesLike(output) : tf.clone(seeds[k] as Tensor)); });
  for (const node of tape.toReversed()) {
    const given = node.outputs.map(({ id }) => gradients.get(id) ?? null);
    if (given.some((gradient) => gradient !== null)) {
      const found = differentiateNode(node, given, dependent);
      found.forEach(({ gradient }) => { alive.add(gradient); });
      found.forEach(({ input, gradient }) => { add(input, gradient); });
    }
    for (const { id } of node.outputs) gradients.delete(id);
    for (const read of [...given, ...node.saved ?? []]) if (read !== null) alive.dispose(read);
  }
  return inputs.map(({ id }) => gradients.get(id) ?? null);
}

/** The ids of the tensors that depend on the inputs, themselves among them. */
function findDependent(tape: readonly TapeNode[], inputs: readonly Tensor[]): ReadonlySet<number> {
  const dependent = new Set(inputs.map(({ id }) => id));
  for (const { inputs: read, outputs } of tape)
    if (Object.values(read).some(({ id }) => dependent.has(id))) for (const { id } of outputs) dependent.add(id);
  return dependent;
}

/** What a node adds to the gradients of tensors that it read. @param given of its results; null where nothing depends on one */
function differentiateNode(
  { inputs, gradient, kernelName }: TapeNode, given: readonly (Tensor | null)[], dependent: ReadonlySet<number>,
): readonly { readonly input: Tensor; readonly gradient: Tensor }[] {
  const wanted = Object.entries(inputs).filter(([, { id }]) => dependent.has(id));
  if (wanted.length === 0) return [];
  if (gradient === undefined) throw new Error(`tfjs knows no gradient of ${kernelName}`);
  const found = tf.tidy(() => {
    const ways = gradient([...given] as Tensor[]), taken = new Set<Tensor | null>(given);
    return wanted.map(([name]) => {
      const own = tf.tidy(() => (ways[name] as () => Tensor)());
      if (taken.has(own)) return tf.clone(own); // so that each is disposed of by itself
      taken.add(own);
      return own;
    });
  });
  return wanted.map(([, input], k) => ({ input, gradient: found[k] as Tensor }));
}

interface Differentiated<Result> {
  /** What `forward` returned; the caller disposes of it. */
  readonly result: Result;
  /** With respect to each input; null where nothing of the loss depends on it. */
  readonly gradients: readonly (Tensor | null)[];
}

/** Gradients of a loss, with whatever else the forward pass returns, as jax.value_and_grad(has_aux=True). */
export function valueAndGradients<Result extends { readonly loss: Scalar; readonly logits: Tensor }>(
  forward: () => Result, inputs: readonly Tensor[], probe: MemoryProbe | null = null,
): Differentiated<Result> {
  const results: Result[] = [];
  const { outputs: [loss], gradients } = differentiate({
    forward: () => {
      const result = forward();
      tf.keep(result.logits);
      results.push(result);
      return [result.loss];
    },
    seeds: null, inputs, probe, held: [],
  });
  return { result: { ...results[0] as Result, loss: loss as Scalar }, gradients };
}
