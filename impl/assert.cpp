#include "impl/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace poolproof {

void assertion_failed(const char* expression, const char* file, int line,
                      const std::string& context) {
  std::fprintf(stderr, "poolproof: %s:%d: assertion failed: %s [%s]\n", file, line, expression,
               context.c_str());
  std::abort();
}

void assertion_failed(const char* expression, const char* file, int line,
                      const PoolStatus& context) {
  assertion_failed(expression, file, line, to_string(context));
}

}  // namespace poolproof
