#include "props/world/muffle.hpp"

#include <utility>

namespace poolproof::world {
namespace {

constexpr std::size_t kTail = 512;

}  // namespace

Muffle::Muffle()
    : stream_(fopencookie(this, "w",
                          {.read = nullptr, .write = write, .seek = nullptr, .close = nullptr})) {}

Muffle::~Muffle() { std::fclose(stream_); }

void Muffle::begin() {
  std::fflush(stream_);
  tail_.clear();
  outer_ = std::exchange(stderr, stream_);
}

void Muffle::end() { stderr = outer_; }

ssize_t Muffle::write(void* self, const char* bytes, std::size_t size) {
  std::string& tail = static_cast<Muffle*>(self)->tail_;
  tail.append(bytes, size);
  if (tail.size() > kTail) tail.erase(0, tail.size() - kTail);
  return static_cast<ssize_t>(size);
}

std::string Muffle::last_line() {
  std::fflush(stream_);
  const std::size_t end = tail_.find_last_not_of('\n');
  if (end == std::string::npos) return {};
  const std::size_t begin = tail_.find_last_of('\n', end);
  return tail_.substr(begin == std::string::npos ? 0 : begin + 1,
                      end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

}  // namespace poolproof::world
