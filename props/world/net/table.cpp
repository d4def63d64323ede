#include "props/world/net/table.hpp"

#include <cerrno>

namespace poolproof::world {

Descriptor* Table::find(int fd) {
  const auto index =
      static_cast<std::size_t>(fd < kSecond ? fd - kFirst : fd - kSecond + kSelectable);
  if (!owns(fd) || index >= descriptors_.size() || descriptors_[index]->closed) {
    errno = EBADF;
    return nullptr;
  }
  return descriptors_[index].get();
}

}  // namespace poolproof::world
