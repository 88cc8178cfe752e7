/** Float32 values with their shape. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const HEADER_ALIGNMENT = 8;

/**
 * Tensors as a safetensors file (the format of Hugging Face's safetensors library): the header's length in 8 bytes,
 * little-endian; a JSON header of dtype, shape and byte range by name; the values, one tensor after the other.
 */
export function encodeSafetensors(tensors: ReadonlyMap<string, StoredTensor>, metadata: Readonly<Record<string, string>>): Buffer {
  let end = 0;
  const entries = [...tensors].map(([name, { shape, values }]): [string, object] => {
    const begin = end;
    end += values.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }];
  });
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const size = Math.ceil(Buffer.byteLength(json) / HEADER_ALIGNMENT) * HEADER_ALIGNMENT;
  const header = Buffer.alloc(8 + size, ' ');
  header.writeBigUInt64LE(BigInt(size), 0);
  header.write(json, 8);
  const bodies = [...tensors.values()].map(({ values }) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return Buffer.concat([header, ...bodies]);
}
