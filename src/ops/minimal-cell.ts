import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { OnnxGraph } from './onnx-graph.ts';
import type { ScanInputs } from './scan.ts';

/**
 * A cell whose gates read the input alone, never the state, so that its states are a linear recurrence cₜ = aₜ·cₜ₋₁ + bₜ of the input. It
 * has no W_hh. Its output hₜ is the state itself, or the part of it that an output gate lets through.
 */
export interface MinimalCell {
  /** In tables: `minGRU`. A second direction puts `Bi` before it. */
  readonly label: string;
  /** For the config schema, after the name. */
  readonly summary: string;
  /** G, gates stacked in the rows of W_ih. */
  readonly gates: number;
  /** Whether the last gate is that of the output: hₜ = σ(x_o) ⊙ cₜ, which neither `coefficients` nor `backward` deals with. */
  readonly hasOutputGate: boolean;
  /** How many tokens the gates may read: 1, the token alone; 2, the one before it too, and a config may choose 1. */
  readonly window: 1 | 2;
  /** @param x [n, G·H] input part of the gates @returns a and b [n, H] */
  coefficients(x: Tensor2D): ScanInputs;
  /** The same in an ONNX graph, the gates [time, batch, H] each by itself. */
  coefficientsInOnnx(graph: OnnxGraph, gates: readonly string[]): { readonly a: string; readonly b: string };
  /** @param da and @param db [n, H] gradients of the coefficients @returns the gradient of x without an output gate's */
  backward(x: Tensor2D, da: Tensor2D, db: Tensor2D): Tensor2D;
}
