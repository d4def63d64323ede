// Our pool as a plugin like any other: what `--pool ours` judges without dlopen, and each build of
// it that is not shipped.
#include "props/adapters/ours.hpp"

extern "C" const poolproof_adapter* poolproof_adapter_get() { return &poolproof::adapters::ours(); }

extern "C" const poolproof_extension* poolproof_extension_get() {
  return &poolproof::adapters::our_extension();
}
