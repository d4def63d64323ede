#include <poolproof/status.hpp>

namespace poolproof {
namespace {

std::string count(std::size_t number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

}  // namespace

std::string to_string(const PoolStatus& status) {
  return count(status.size, "slot") + ": " + std::to_string(status.idle) + " idle, " +
         std::to_string(status.checked_out) + " checked out, " + std::to_string(status.overflow) +
         " overflow; " + count(status.waiting, "caller") + " waiting" +
         (status.detached == 0 ? "" : "; " + std::to_string(status.detached) + " detached");
}

}  // namespace poolproof
