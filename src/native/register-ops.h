// The ops of the addon: each file of them registers its own with TensorFlow.
#pragma once

namespace gatelab {

void registerRnnOps();
void registerLstmOps();
void registerGruOps();
void registerPrintedGruOps();
void registerBfloat16Ops();
void registerMinimalOps();
void registerTrainingOps();
void registerAttentionOps();
void registerLayerNormOps();

}  // namespace gatelab
