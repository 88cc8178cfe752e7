#pragma once

namespace gatelab {
void registerAttentionOps();
}
