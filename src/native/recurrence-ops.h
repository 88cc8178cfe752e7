#pragma once

namespace gatelab {
void registerRecurrenceOps();
}
