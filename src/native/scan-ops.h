#pragma once

namespace gatelab {
void registerScanOps();
}
