#include "props/world/net/descriptor.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace poolproof::world {

std::size_t size_of(Pieces pieces) {
  std::size_t size = 0;
  for (const iovec& each : pieces) size += each.iov_len;
  return size;
}

void scatter(std::uint64_t value, Pieces into) {
  const char* at = reinterpret_cast<const char*>(&value);
  std::size_t left = sizeof value;
  for (const iovec& each : into) {
    const std::size_t size = std::min(each.iov_len, left);
    if (size > 0) std::memcpy(each.iov_base, at, size);
    at += size;
    left -= size;
  }
}

std::uint64_t gather(Pieces from) {
  std::uint64_t value = 0;
  char* at = reinterpret_cast<char*>(&value);
  std::size_t left = sizeof value;
  for (const iovec& each : from) {
    const std::size_t size = std::min(each.iov_len, left);
    if (size > 0) std::memcpy(at, each.iov_base, size);
    at += size;
    left -= size;
  }
  return value;
}

void Descriptor::close() {
  closed = true;
  changed(kAnything);
  for (Watcher* const each : std::exchange(watchers_, {})) each->gone(*this);
  scheduler_.retired(this);
  on_close();
}

int Descriptor::shut_down(int /*how*/) { return static_cast<int>(fail(ENOTSOCK)); }

void Descriptor::changed(int bits) {
  scheduler_.touched(this);
  scheduler_.wake_all({OperationKind::poll, this});
  scheduler_.wake_all({OperationKind::poll, kAny});
  for (Watcher* const each : watchers_) each->stirred(*this, bits);
}

ssize_t Descriptor::fail(int error) {
  errno = error;
  return -1;
}

}  // namespace poolproof::world
