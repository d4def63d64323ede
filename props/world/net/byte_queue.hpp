// Bytes that wait to be read, in order.
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "props/world/net/descriptor.hpp"

namespace poolproof::world {

class ByteQueue {
 public:
  [[nodiscard]] std::size_t size() const { return bytes_.size() - read_; }
  [[nodiscard]] bool empty() const { return size() == 0; }

  void append(std::string_view bytes) { bytes_.append(bytes); }

  // At most `most` bytes of what the pieces hold; how many.
  std::size_t append(Pieces from, std::size_t most) {
    std::size_t left = most;
    for (const iovec& each : from) {
      const std::size_t size = std::min(each.iov_len, left);
      bytes_.append(static_cast<const char*>(each.iov_base), size);
      left -= size;
    }
    return most - left;
  }

  // At most `most` bytes, as far as the pieces have room; how many.
  std::size_t take(Pieces into, std::size_t most) {
    const std::size_t copied = peek(into, most);
    read_ += copied;
    if (read_ == bytes_.size()) clear();
    return copied;
  }
  std::size_t peek(Pieces into, std::size_t most) const {
    std::size_t at = read_;
    const std::size_t end = read_ + std::min(most, size());
    for (const iovec& each : into) {
      const std::size_t size = std::min(each.iov_len, end - at);
      if (size > 0) std::memcpy(each.iov_base, bytes_.data() + at, size);
      at += size;
    }
    return at - read_;
  }

  void clear() {
    bytes_.clear();
    read_ = 0;
  }

 private:
  std::string bytes_;
  std::size_t read_ = 0;
};

}  // namespace poolproof::world
