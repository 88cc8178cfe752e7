import { z } from 'zod';
import { UserError } from '../errors.ts';
import { namesOf } from '../registry.ts';

/** Float32 values with their shape. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export type StoredTensors = ReadonlyMap<string, StoredTensor>;

/** How values are stored, by the format's names. */
const arrays = { F32: Float32Array, F64: Float64Array, I32: Int32Array } as const;
type Dtype = keyof typeof arrays;
type ValuesOf<Type extends Dtype> = { readonly F32: Float32Array; readonly F64: Float64Array; readonly I32: Int32Array }[Type];

function dtypeOf(values: ValuesOf<Dtype>): Dtype {
  if (values instanceof Int32Array) return 'I32';
  return values instanceof Float64Array ? 'F64' : 'F32';
}

interface TensorOf<Type extends Dtype> {
  readonly shape: readonly number[];
  readonly values: ValuesOf<Type>;
}

const HEADER_ALIGNMENT = 8;
const LENGTH_BYTES = 8;
const METADATA = '__metadata__';
/** That of the format's own library. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Tensors as a safetensors file (the format of Hugging Face's safetensors library), in pieces: the header's length in
 * 8 bytes, little-endian; a JSON header of dtype, shape and byte range by name; the values, one tensor after the other.
 * The values are not copied.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, TensorOf<Dtype>>, metadata: Readonly<Record<string, string>>,
): Uint8Array[] {
  let end = 0;
  const entries = [...tensors].map(([name, { shape, values }]): [string, object] => {
    const begin = end;
    end += values.byteLength;
    return [name, { dtype: dtypeOf(values), shape, data_offsets: [begin, end] }];
  });
  const json = JSON.stringify({ [METADATA]: metadata, ...Object.fromEntries(entries) });
  const size = Math.ceil(Buffer.byteLength(json) / HEADER_ALIGNMENT) * HEADER_ALIGNMENT;
  const header = Buffer.alloc(LENGTH_BYTES + size, ' ');
  header.writeBigUInt64LE(BigInt(size), 0);
  header.write(json, LENGTH_BYTES);
  const bodies = [...tensors.values()].map(({ values }) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return [header, ...bodies];
}

const size = z.int().min(0);
const entrySchema = z.strictObject({ dtype: z.enum(namesOf(arrays)), shape: z.array(size), data_offsets: z.tuple([size, size]) });
const headerSchema = z.looseObject({ [METADATA]: z.record(z.string(), z.string()).optional() }).catchall(entrySchema);

/**
 * Reads a safetensors file of tensors of one type, float32 by default, strictly: every byte belongs to the header or to one tensor.
 * @throws UserError that says what is wrong, without the file's name
 */
export function decodeSafetensors<Type extends Dtype = 'F32'>(
  file: Uint8Array, type: Type = 'F32' as Type,
): { tensors: ReadonlyMap<string, TensorOf<Type>>; metadata: Readonly<Record<string, string>> } {
  const buffer = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const headerBytes = readHeaderLength(buffer);
  const { [METADATA]: metadata = {}, ...entries } = parseHeader(buffer.toString('utf8', LENGTH_BYTES, LENGTH_BYTES + headerBytes));
  const body = buffer.subarray(LENGTH_BYTES + headerBytes);
  let end = 0;
  const tensors = Object.entries(entries).map(([name, entry]): [string, TensorOf<Type>] => {
    const { shape, dtype, data_offsets: [begin, next] } = entry;
    const bytes = shape.reduce((product, length) => product * length, arrays[type].BYTES_PER_ELEMENT);
    if (dtype !== type) throw new UserError(`has a header with an unexpected "${name.slice(0, 60)}.dtype"`);
    if (begin !== end || next - begin !== bytes)
      throw new UserError(`tensor ${JSON.stringify(name.slice(0, 60))} does not lie where its header says`);
    end = next;
    return [name, { shape, values: copyValues(body, begin, next, type) }];
  });
  if (end !== body.length) throw new UserError(`holds ${body.length} bytes of values where its header counts ${end}`);
  return { tensors: new Map(tensors), metadata };
}

function readHeaderLength(buffer: Buffer): number {
  const length = buffer.length < LENGTH_BYTES ? 0n : buffer.readBigUInt64LE(0);
  if (length === 0n) throw new UserError('is not a safetensors file');
  if (length > MAX_HEADER_BYTES || Number(length) > buffer.length - LENGTH_BYTES) throw new UserError('ends within its header');
  return Number(length);
}

function parseHeader(text: string): z.infer<typeof headerSchema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError('has a header that is not JSON');
  }
  const { data, error } = headerSchema.safeParse(value);
  if (data === undefined)
    throw new UserError(`has a header with an unexpected ${JSON.stringify(error.issues[0]?.path.join('.').slice(0, 60) ?? '')}`);
  return data;
}

/** A copy, since values must lie at a multiple of their size. */
function copyValues<Type extends Dtype>(body: Buffer, begin: number, end: number, type: Type): ValuesOf<Type> {
  if (end > body.length) throw new UserError('ends within its values');
  const values = new arrays[type]((end - begin) / arrays[type].BYTES_PER_ELEMENT) as ValuesOf<Type>;
  new Uint8Array(values.buffer).set(body.subarray(begin, end));
  return values;
}
