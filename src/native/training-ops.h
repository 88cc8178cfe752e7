#pragma once

namespace gatelab {
void registerTrainingOps();
}
