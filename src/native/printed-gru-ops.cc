#include "printed-gru.h"
#include "recurrence-ops.h"

void gatelab::registerPrintedGruOps() { registerCell<PrintedGru>("gru_printed"); }
