// All that a step does to what others may meet, each thing once, in the order in which it did.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "props/explore/dpor/access.hpp"

namespace poolproof::explore::dpor {

class Accesses {
 public:
  Accesses() = default;
  Accesses(std::initializer_list<Access> all) {
    for (const Access& each : all) add(each);
  }

  // Unless it is there.
  void add(const Access& access) {
    if (contains(access)) return;
    all_.push_back(access);
    objects_ |= bit_of(access.object());
  }
  void add(const Accesses& others) {
    if (all_.empty()) {
      *this = others;
      return;
    }
    for (const Access& each : others) add(each);
  }
  void clear() {
    all_.clear();
    objects_ = 0;
  }

  [[nodiscard]] bool contains(const Access& access) const {
    return (objects_ & bit_of(access.object())) != 0 &&
           std::find(all_.begin(), all_.end(), access) != all_.end();
  }
  [[nodiscard]] std::vector<Access>::const_iterator begin() const { return all_.begin(); }
  [[nodiscard]] std::vector<Access>::const_iterator end() const { return all_.end(); }

  // Whether the order of two steps that do these makes a difference.
  friend bool dependent(const Accesses& a, const Accesses& b) {
    return (a.objects_ & b.objects_) != 0 &&
           std::any_of(a.begin(), a.end(), [&](const Access& one) {
             return std::any_of(b.begin(), b.end(), [&](const Access& other) {
               return one.object() == other.object() && one.depends(other);
             });
           });
  }

 private:
  static std::uint64_t bit_of(ObjectId object) {
    return std::uint64_t{1} << (static_cast<std::uint64_t>(object) >> 58U);
  }

  std::vector<Access> all_;
  std::uint64_t objects_ = 0;  // a bit for each of 64 sets of objects: most steps share none
};

}  // namespace poolproof::explore::dpor
