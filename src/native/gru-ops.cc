#include "gru.h"
#include "recurrence-ops.h"

void gatelab::registerGruOps() { registerCell<Gru>("gru"); }
