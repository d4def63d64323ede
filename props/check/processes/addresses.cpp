#include "props/check/processes/addresses.hpp"

#include <sys/personality.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace poolproof::check {
namespace {

// Set in the second start, so that there is no third where personality() promises and does nothing.
constexpr const char* kMark = "POOLPROOF_STARTED_AGAIN";
constexpr unsigned long kAsk = 0xffffffff;

}  // namespace

bool addresses_are_fixed() {
  const int persona = personality(kAsk);
  return persona != -1 && (persona & ADDR_NO_RANDOMIZE) != 0;
}

// Containers often forbid personality(); everything works without.
void fix_addresses(char** argv) {
  const bool again = std::getenv(kMark) != nullptr;
  unsetenv(kMark);
  const int persona = personality(kAsk);
  if (again || persona == -1 || (persona & ADDR_NO_RANDOMIZE) != 0) return;
  if (personality(static_cast<unsigned long>(persona) | ADDR_NO_RANDOMIZE) == -1) return;
  std::error_code none;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", none);
  setenv(kMark, "1", 1);
  execv(self.c_str(), argv);
  unsetenv(kMark);
}

}  // namespace poolproof::check
