import { readFileSync } from 'node:fs';

/** Fields of a Hugging Face configuration that the tests use. */
export interface HuggingFaceConfig {
  readonly vocab_size: number;
  readonly attention_head_size: number;
  readonly hidden_size: number;
  readonly num_attention_heads: number;
  readonly num_buckets: number | readonly number[];
  readonly num_hashes: number;
  readonly lsh_attn_chunk_length: number;
  readonly local_attn_chunk_length: number;
  readonly lsh_num_chunks_before: number;
  readonly lsh_num_chunks_after: number;
  readonly local_num_chunks_before: number;
  readonly local_num_chunks_after: number;
  readonly feed_forward_size: number;
  readonly hidden_act: 'gelu';
  readonly initializer_range: number;
  readonly axial_norm_std: number;
  readonly layer_norm_eps: number;
  readonly axial_pos_shape: readonly number[];
  readonly axial_pos_embds_dim: readonly number[];
  readonly hash_seed: number;
  readonly is_decoder: boolean;
  readonly attn_layers: readonly ('lsh' | 'local')[];
}

/** One integration test: `layer` and `model` and `lm` expect the first numbers of a slice, `lm_loss` a loss. */
export interface HuggingFaceCase {
  readonly name: string;
  readonly kind: 'layer' | 'model' | 'lm' | 'lm_loss';
  readonly mask?: 'layer' | 'model';
  readonly overrides: Partial<HuggingFaceConfig>;
  readonly slice?: string;
  readonly expected?: readonly number[];
  readonly expected_loss?: number;
  readonly axial0_1_0_last5?: readonly number[];
  readonly axial1_0_1_first5?: readonly number[];
}

interface HuggingFaceFixture {
  readonly base_config: Omit<HuggingFaceConfig, 'attn_layers'>;
  readonly hidden_states: readonly (readonly (readonly number[])[])[];
  readonly input_ids: readonly (readonly number[])[];
  readonly attention_mask: readonly (readonly number[])[];
  readonly layer_attention_mask: readonly (readonly number[])[];
  readonly rng_spot_checks: {
    readonly seed: number;
    readonly raw32: readonly number[];
    readonly rand4: readonly number[];
    readonly randn16_first4: readonly number[];
    readonly randn4: readonly number[];
    readonly randn20_last4: readonly number[];
  };
  readonly cases: readonly HuggingFaceCase[];
}

/** Inputs and expected numbers of the integration tests of the Reformer in Hugging Face transformers. */
export const huggingFace: HuggingFaceFixture = JSON.parse(
  readFileSync(new URL('../../fixtures/hf_reformer.json', import.meta.url), 'utf8'),
);
