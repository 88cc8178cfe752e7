#pragma once

namespace gatelab {
void registerLayerNormOps();
}
