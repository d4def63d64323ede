// POOL_ASSERT: for what can only be false if the pool or its user has a bug. On in every build.
#pragma once

#include <string>

#include <poolproof/status.hpp>

namespace poolproof {

// Prints the expression, where it stands and `context` as one line on standard error; aborts.
[[noreturn, gnu::cold]] void assertion_failed(const char* expression, const char* file, int line,
                                              const std::string& context);
[[noreturn, gnu::cold]] void assertion_failed(const char* expression, const char* file, int line,
                                              const PoolStatus& context);

}  // namespace poolproof

// `context` says what the reader of a crash log needs: the pool's counters, or a sentence. It is
// evaluated only on failure.
#define POOL_ASSERT(condition, context) \
  ((condition) ? void() : ::poolproof::assertion_failed(#condition, __FILE__, __LINE__, (context)))
