// The addon gatelab_ops.node: loading it registers the ops with the TensorFlow of this process.
#include <node_api.h>
#include <exception>
#include "register-ops.h"

namespace {

napi_value initialise(napi_env env, napi_value exports) {
  try {
    gatelab::registerRnnOps();
    gatelab::registerLstmOps();
    gatelab::registerGruOps();
    gatelab::registerPrintedGruOps();
    gatelab::registerBfloat16Ops();
    gatelab::registerMinimalOps();
    gatelab::registerTrainingOps();
    gatelab::registerAttentionOps();
    gatelab::registerLayerNormOps();
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return exports;
}

}  // namespace

NAPI_MODULE(gatelab_ops, initialise)
