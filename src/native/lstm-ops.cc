#include "lstm.h"
#include "recurrence-ops.h"

void gatelab::registerLstmOps() { registerCell<Lstm>("lstm"); }
