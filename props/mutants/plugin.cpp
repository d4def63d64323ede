// The reference pool with one defect, chosen by the build, as a plugin for `poolproof check
// --pool`.
#include "props/mutants/reference_pool.hpp"

extern "C" const poolproof_adapter* poolproof_adapter_get() {
  return &poolproof::mutants::reference_pool(poolproof::mutants::Defect::POOLPROOF_DEFECT);
}

extern "C" const poolproof_extension* poolproof_extension_get() {
  return &poolproof::mutants::reference_extension();
}
