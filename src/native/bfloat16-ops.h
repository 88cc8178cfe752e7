#pragma once

namespace gatelab {
void registerBfloat16Ops();
}
