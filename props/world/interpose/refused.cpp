// Defines the symbols of refused.inc.
#include <string>
#include <string_view>

#include "props/world/interpose/real.hpp"
#include "props/world/machine.hpp"

namespace {

void refuse_inside(const char* symbol) {
  if (auto* const machine = poolproof::world::Machine::inside()) {
    machine->scheduler.unsupported(std::string(symbol) +
                                   ": the simulated machine does not model it");
  }
}

// A frame that has been left cannot be returned from again, as vfork would.
constexpr const char* name_outside(std::string_view symbol) {
  return symbol == "vfork" || symbol == "__vfork" ? "fork" : symbol.data();
}

}  // namespace

// All of them take and give back numbers and addresses only, which the calling conventions of Linux
// hand over alike, so that one signature serves them all: as many arguments as there can be, passed
// on whether they were given or not. None of the headers that declare them may be included here.
#define POOLPROOF_REFUSED(symbol)                                                   \
  extern "C" [[gnu::no_sanitize_address]] long poolproof_##symbol(                  \
      long a, long b, long c, long d, long e, long f, long g) __asm__(#symbol);     \
  long poolproof_##symbol(long a, long b, long c, long d, long e, long f, long g) { \
    refuse_inside(#symbol);                                                         \
    static constinit const auto function =                                          \
        poolproof::world::real<long(long, long, long, long, long, long, long)>(     \
            name_outside(#symbol));                                                 \
    return function(a, b, c, d, e, f, g);                                           \
  }

#include "props/world/interpose/refused.inc"
