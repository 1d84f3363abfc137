/** One value, or one value per named column. */
export type PerColumn = number | { readonly [column: string]: number };

/** The judgement of one row of a series. */
export interface Anomaly {
  readonly streamId: string;
  /** Zero-based row (sample index). */
  readonly row: number;
  /** The time as the source wrote it, else ISO 8601 from the event time, else `null`. */
  readonly time: string | null;
  readonly value: PerColumn;
  /** What the forecast expected here; `null` while there is no history at all. */
  readonly expected: PerColumn | null;
  /** 0 (ordinary) .. 1 (never seen). */
  readonly score: number;
  /** Scores at or above this are anomalies. */
  readonly threshold: number;
  readonly isAnomaly: boolean;
}

/** A stretch of audio that carries a label. Used by the tagging head. */
export interface AudioEvent {
  readonly streamId: string;
  readonly label: string;
  readonly onsetMs: number;
  readonly offsetMs: number;
  /** 0..1, the peak score inside the event. */
  readonly confidence: number;
}

/** One encoded token. */
export interface Embedding {
  readonly streamId: string;
  /** Index of the token in its stream. */
  readonly token: number;
  /** Sample index at which the token begins. */
  readonly startSample: number;
  /** Event time of that sample as ISO 8601, `null` where the source has none. */
  readonly time: string | null;
  /** `[outputSize]`, float32 values. */
  readonly embedding: Float32Array;
}

/** How new one encoded token is against those before it: the acoustic scene of a sound stream. */
export interface SceneNovelty {
  readonly streamId: string;
  readonly token: number;
  /** Sample index at which the token begins. */
  readonly startSample: number;
  readonly time: string | null;
  /** 0 (heard before) .. 1 (never heard). */
  readonly score: number;
  readonly threshold: number;
  readonly isAnomaly: boolean;
}
