#include "props/world/entropy.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "props/world/interpose/real.hpp"

namespace poolproof::world {
namespace {

constexpr std::uint32_t kSeeds = 256;

}  // namespace

bool Entropy::is_device(std::string_view path) {
  return path == "/dev/urandom" || path == "/dev/random";
}

std::uint32_t Entropy::next() {
  if (!random_) random_.emplace(scheduler_.choose(Stream::machine, kSeeds));
  return static_cast<std::uint32_t>(random_->next() >> 32);
}

void Entropy::fill(void* bytes, std::size_t size) {
  for (std::size_t done = 0; done < size; done += sizeof(std::uint32_t)) {
    const std::uint32_t word = next();
    std::memcpy(static_cast<char*>(bytes) + done, &word, std::min(sizeof word, size - done));
  }
}

void Entropy::freshen_library() {
  POOLPROOF_REAL(srandom);
  POOLPROOF_REAL(seed48);
  if (std::exchange(library_is_fresh_, true)) return;
  real_srandom(1);
  unsigned short nothing[3]{};
  real_seed48(nothing);
}

}  // namespace poolproof::world
