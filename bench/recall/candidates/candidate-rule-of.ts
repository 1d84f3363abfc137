import type { LshSetting, Setting } from '../setting.ts';
import type { HeadVectors } from '../vectors.ts';
import type { CandidateRule } from './candidate-rule.ts';
import { hashTokens } from './hashed-tokens.ts';
import { OfflineRule } from './offline-rule.ts';
import { PrefixRule } from './prefix-rule.ts';
import { RecencyRule } from './recency-rule.ts';
import { WindowRule } from './window-rule.ts';

/**
 * The rule of a setting over some vectors.
 * @param rotations gives those of a layer with the setting
 */
export function candidateRuleOf(
  setting: Setting,
  vectors: HeadVectors,
  rotations: (setting: LshSetting) => Float32Array,
): CandidateRule {
  if (setting.rule === 'window') return new WindowRule(setting.keys);
  const hashed = hashTokens(vectors, setting, rotations(setting));
  const { rule } = setting;
  switch (rule) {
    case 'bucket-recency':
      return new RecencyRule(setting, hashed);
    case 'prefix-exact':
      return new PrefixRule(setting, hashed);
    case 'offline':
      return new OfflineRule(setting, vectors, hashed);
    default:
      return rule satisfies never;
  }
}
