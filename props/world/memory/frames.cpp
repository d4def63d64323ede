#include "props/world/memory/frames.hpp"

namespace poolproof::world::memory {

// A function makes few different calls: a list does.
Frames::Id Frames::call(Id outer, const void* call_site) {
  for (Id id = frames_[outer].first_inner; id != 0; id = frames_[id].next) {
    if (frames_[id].call_site == call_site) return id;
  }
  const auto id = static_cast<Id>(frames_.size());
  frames_.push_back({.outer = outer, .next = frames_[outer].first_inner, .call_site = call_site});
  frames_[outer].first_inner = id;
  return id;
}

}  // namespace poolproof::world::memory
