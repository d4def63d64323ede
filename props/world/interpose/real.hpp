// The C library's own functions, behind the symbols that this executable defines in their place.
#pragma once

#include <dlfcn.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace poolproof::world {

// The next definition of a symbol after the executable's; found out at its first call, for many are
// never called. `version` picks one where the C library has several and the plain look-up would
// find the oldest. Needs no guard as a local static: whoever comes first must leave no more trace
// in a run than those who come later.
template <class Function>
class Real {
 public:
  constexpr explicit Real(const char* symbol, const char* version = nullptr)
      : symbol_(symbol), version_(version) {}

  operator Function*() const {  // NOLINT(google-explicit-constructor): it is called like that
    Function* found = found_.load(std::memory_order_relaxed);
    if (found == nullptr) [[unlikely]]
      found_.store(found = find(), std::memory_order_relaxed);
    return found;
  }

 private:
  [[nodiscard]] Function* find() const {
    void* const found =
        version_ != nullptr ? dlvsym(RTLD_NEXT, symbol_, version_) : dlsym(RTLD_NEXT, symbol_);
    if (found == nullptr) {
      std::fprintf(stderr, "poolproof: the C library has no %s\n", symbol_);
      std::abort();
    }
    return reinterpret_cast<Function*>(found);
  }

  const char* symbol_;
  const char* version_;
  mutable std::atomic<Function*> found_{nullptr};
};

template <class Function>
constexpr Real<Function> real(const char* symbol, const char* version = nullptr) {
  return Real<Function>(symbol, version);
}

}  // namespace poolproof::world

// The real function that the enclosing one stands for.
#define POOLPROOF_REAL(symbol) \
  static constinit const auto real_##symbol = ::poolproof::world::real<decltype(::symbol)>(#symbol)
