// The thin layer between TensorFlow's C API and the kernels: tensors as pointers with shapes, faults as exceptions.
#pragma once
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>
#include "recycled-memory.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_tensor.h"

namespace gatelab {

struct Status {
  Status() : raw(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(raw); }
  Status(const Status&) = delete;
  void check() const {
    if (TF_GetCode(raw) != TF_OK) throw std::runtime_error(TF_Message(raw));
  }
  TF_Status* const raw;
};

/** A tensor of an op that runs; its memory is TensorFlow's. */
class TensorView {
 public:
  explicit TensorView(TF_Tensor* tensor) : tensor_(tensor, TF_DeleteTensor) {}

  template <class T>
  T* data() const { return static_cast<T*>(TF_TensorData(tensor_.get())); }
  int64_t count() const { return TF_TensorElementCount(tensor_.get()); }
  int rank() const { return TF_NumDims(tensor_.get()); }
  int64_t dim(int axis) const { return TF_Dim(tensor_.get(), axis); }
  std::vector<int64_t> shape() const {
    std::vector<int64_t> dims(rank());
    for (int axis = 0; axis < rank(); axis++) dims[axis] = dim(axis);
    return dims;
  }
  TF_Tensor* raw() const { return tensor_.get(); }
  bool hasShape(std::initializer_list<int64_t> dims) const { return shape() == std::vector<int64_t>(dims); }

 private:
  std::unique_ptr<TF_Tensor, decltype(&TF_DeleteTensor)> tensor_;
};

/** One run of an op. */
class OpRun {
 public:
  explicit OpRun(TF_OpKernelContext* context) : context_(context) {}

  TensorView input(int i) const {
    TF_Tensor* tensor = nullptr;
    const Status status;
    TF_GetInput(context_, i, &tensor, status.raw);
    status.check();
    return TensorView(tensor);
  }

  TensorView output(int i, const std::vector<int64_t>& shape) const {
    const size_t bytes = bytesOf(shape);
    if (bytes < RecycledMemory::kFewestBytes) {
      const Status status;
      TF_Tensor* const tensor = TF_AllocateOutput(context_, i, TF_FLOAT, shape.data(), static_cast<int>(shape.size()), bytes, status.raw);
      status.check();
      return TensorView(tensor);
    }
    TensorView tensor = recycled(shape);
    const Status status;
    TF_SetOutput(context_, i, tensor.raw(), status.raw);
    status.check();
    return tensor;
  }

  /** Memory for this run alone. */
  TensorView temporary(const std::vector<int64_t>& shape) const {
    if (bytesOf(shape) >= RecycledMemory::kFewestBytes) return recycled(shape);
    TF_AllocatorAttributes attributes{};
    attributes.struct_size = TF_ALLOCATOR_ATTRIBUTES_STRUCT_SIZE;
    const Status status;
    TF_Tensor* const tensor = TF_AllocateTemp(context_, TF_FLOAT, shape.data(), static_cast<int>(shape.size()), &attributes, status.raw);
    status.check();
    return TensorView(tensor);
  }

 private:
  static size_t bytesOf(const std::vector<int64_t>& shape) {
    size_t bytes = sizeof(float);
    for (const int64_t dim : shape) bytes *= dim;
    return bytes;
  }

  /** A tensor whose memory goes back to `recycledMemory` with it. */
  static TensorView recycled(const std::vector<int64_t>& shape) {
    const size_t bytes = bytesOf(shape);
    auto block = std::make_unique<Block>(recycledMemory().take(bytes));
    void* const data = block->data;
    const auto giveBack = [](void*, size_t, void* arg) {
      const std::unique_ptr<Block> block(static_cast<Block*>(arg));
      recycledMemory().giveBack(*block);
    };
    TF_Tensor* const tensor = TF_NewTensor(TF_FLOAT, shape.data(), static_cast<int>(shape.size()), data, bytes, giveBack, block.release());
    if (tensor == nullptr) throw std::bad_alloc();
    return TensorView(tensor);
  }

  TF_OpKernelContext* const context_;
};

inline void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

/** An op's signature in TensorFlow's notation ("x: float"), and what runs it. */
struct OpDefinition {
  std::string name;
  std::vector<const char*> inputs, outputs, attributes;
  void* (*create)(TF_OpKernelConstruction*);
  void (*compute)(void*, TF_OpKernelContext*);
  void (*remove)(void*);
};

/** Runs a kernel and hands what it throws to TensorFlow, which hands it to JavaScript. */
template <class F>
void runGuarded(const char* name, TF_OpKernelContext* context, F&& kernel) {
  try {
    kernel(OpRun(context));
  } catch (const std::exception& error) {
    const Status status;
    TF_SetStatus(status.raw, TF_INVALID_ARGUMENT, (std::string(name) + ": " + error.what()).c_str());
    TF_OpKernelContext_Failure(context, status.raw);
  }
}

inline void registerOp(const OpDefinition& op) {
  TF_OpDefinitionBuilder* const definition = TF_NewOpDefinitionBuilder(op.name.c_str());
  for (const char* input : op.inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : op.outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  for (const char* attribute : op.attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, [](TF_ShapeInferenceContext* context, TF_Status* status) {
    TF_ShapeInferenceContextSetUnknownShape(context, status);
  });
  const Status status;
  TF_RegisterOpDefinition(definition, status.raw);
  status.check();
  TF_RegisterKernelBuilder(op.name.c_str(), TF_NewKernelBuilder(op.name.c_str(), "CPU", op.create, op.compute, op.remove), status.raw);
  status.check();
}

/** An op without attributes or a state of its own. */
template <void (*Kernel)(const OpRun&)>
void registerPlain(const std::string& name, std::vector<const char*> inputs, std::vector<const char*> outputs) {
  registerOp({name, std::move(inputs), std::move(outputs), {},
              [](TF_OpKernelConstruction*) -> void* { return nullptr; },
              [](void*, TF_OpKernelContext* context) { runGuarded("kernel", context, Kernel); },
              [](void*) {}});
}

}  // namespace gatelab
