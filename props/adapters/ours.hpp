// The pool of impl/ as an accused like any other.
#pragma once

#include <poolproof/adapter.h>

namespace poolproof::adapters {

const poolproof_adapter& ours();

}  // namespace poolproof::adapters
