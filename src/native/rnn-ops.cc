#include "rnn.h"
#include "recurrence-ops.h"

void gatelab::registerRnnOps() { registerCell<Rnn>("rnn"); }
