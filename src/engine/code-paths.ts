/** GCC and Clang compile for the CPU they run on. */
export const forThisCpu = '-march=native';

/**
 * The ways src/native can be compiled. All but `native`, which users get, serve tests: they are the code paths of src/native/simd.h, to be
 * run side by side on one CPU. `needs` are the CPU's features as Linux names them.
 */
export const codePaths = {
  native: { flags: [forThisCpu], needs: [] },
  baseline: { flags: ['-march=x86-64'], needs: [] },
  avx: { flags: ['-mavx'], needs: ['avx'] },
  // Tuned for the CPUs for which GCC takes chains of fused operations apart wherever it may.
  avx2: { flags: ['-mavx2', '-mfma', '-mtune=znver2'], needs: ['avx2', 'fma'] },
  avx512: { flags: ['-mavx512f', '-mfma'], needs: ['avx512f', 'fma'] },
} as const satisfies Record<string, { flags: readonly string[]; needs: readonly string[] }>;

export type CodePath = keyof typeof codePaths;
