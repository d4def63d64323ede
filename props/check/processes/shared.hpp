// An object in memory that a process shares with those that it forks. All its bytes are 0 at first.
#pragma once

#include <sys/mman.h>

#include <new>
#include <system_error>
#include <utility>

namespace poolproof::check {

template <class T>
class Shared {
 public:
  Shared() {
    void* const memory = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    object_ = new (memory) T;
  }
  ~Shared() {
    if (object_ != nullptr) munmap(object_, sizeof(T));
  }
  Shared(Shared&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Shared& operator=(Shared&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }

 private:
  T* object_;
};

}  // namespace poolproof::check
