#pragma once

namespace gatelab {
void registerMinimalOps();
}
