// The pool of impl/ as an accused like any other.
#pragma once

#include <poolproof/adapter.h>

namespace poolproof::adapters {

const poolproof_adapter& ours();
const poolproof_extension& our_extension();

}  // namespace poolproof::adapters
