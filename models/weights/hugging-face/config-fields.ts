import { ConfigError, requireOneOf, show } from '../../../core/index.ts';
import type { Activation } from '../../kernels/reference/index.ts';

/** Names of activations as a `config.json` has them. */
const ACTIVATION_NAMES: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_new: 'gelu-tanh',
  gelu_pytorch_tanh: 'gelu-tanh',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
};

/** The activation of `hidden_act`. */
export function readActivation(name: unknown): Activation {
  const known = requireOneOf('hidden_act', name, Object.keys(ACTIVATION_NAMES));
  return ACTIVATION_NAMES[known] as Activation;
}

/** The name of an activation for a `config.json`: the one that it had, where that still holds. */
export function activationName(activation: Activation, given: unknown): string {
  if (typeof given === 'string' && ACTIVATION_NAMES[given] === activation) return given;
  return (Object.entries(ACTIVATION_NAMES).find(([, known]) => known === activation) as [string, Activation])[0];
}

/** Label names of `id2label` in the order of their ids; empty where there are none. */
export function readLabels(id2label: unknown): string[] {
  if (id2label === undefined || id2label === null) return [];
  const labels = Object.entries(requireObject(id2label));
  return labels
    .map(([id, label]) => {
      if (!/^\d{1,8}$/.test(id) || typeof label !== 'string') {
        throw invalid(`Expected \`id2label\` to map ids to names, got ${show({ [id]: label })}`);
      }
      return [Number(id), label] as const;
    })
    .sort(([a], [b]) => a - b)
    .map(([, label]) => label);
}

/** Checks that a configuration is a JSON object. */
export function requireObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(`Expected the configuration to be a JSON object, got ${show(value)}`);
}

/** A fault of a configuration. */
export function invalid(message: string): ConfigError {
  return new ConfigError('CONFIG_INVALID', message);
}
