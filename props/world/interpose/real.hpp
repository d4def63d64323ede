// The C library's own functions, behind the symbols that this executable defines in their place.
#pragma once

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

namespace poolproof::world {

// The next definition of that symbol after the executable's. `version` picks one where the C
// library has several and the plain look-up would find the oldest.
template <class Function>
Function* real(const char* symbol, const char* version = nullptr) {
  void* const found =
      version != nullptr ? dlvsym(RTLD_NEXT, symbol, version) : dlsym(RTLD_NEXT, symbol);
  if (found == nullptr) {
    std::fprintf(stderr, "poolproof: the C library has no %s\n", symbol);
    std::abort();
  }
  return reinterpret_cast<Function*>(found);
}

}  // namespace poolproof::world

// The real function that the enclosing one stands for.
#define POOLPROOF_REAL(symbol) \
  static auto* const real_##symbol = ::poolproof::world::real<decltype(::symbol)>(#symbol)
