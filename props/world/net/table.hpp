// The virtual descriptors of one run, by their numbers. The first of them are small enough for
// select(), yet where no real one reaches in a process of ordinary size; none is given out twice in
// a run.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "props/world/net/descriptor.hpp"

namespace poolproof::world {

class Table {
 public:
  static constexpr int kFirst = 512;
  static constexpr int kBeyondSelect = 1024;  // FD_SETSIZE
  static constexpr int kSecond = 1 << 20;

  [[nodiscard]] static bool owns(int fd) {
    return fd >= kFirst && (fd < kBeyondSelect || fd >= kSecond);
  }

  int add(std::unique_ptr<Descriptor> descriptor) {
    descriptors_.push_back(std::move(descriptor));
    const int index = static_cast<int>(descriptors_.size()) - 1;
    return index < kSelectable ? kFirst + index : kSecond + index - kSelectable;
  }

  // Null, and EBADF, if there is none, or none any more.
  Descriptor* find(int fd);

  void clear() { descriptors_.clear(); }
  // Those that were closed too.
  [[nodiscard]] const std::vector<std::unique_ptr<Descriptor>>& all() const { return descriptors_; }

 private:
  static constexpr int kSelectable = kBeyondSelect - kFirst;

  std::vector<std::unique_ptr<Descriptor>> descriptors_;
};

}  // namespace poolproof::world
