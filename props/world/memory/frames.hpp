// Call stacks by number: a tree of the calls that instrumented code was seen to make. It is kept
// for as long as the machine, since code does not move; 0 is the empty stack.
#pragma once

#include <cstdint>
#include <vector>

namespace poolproof::world::memory {

class Frames {
 public:
  using Id = std::uint32_t;

  // The stack `outer` and on top of it a function called from there.
  Id call(Id outer, const void* call_site);
  [[nodiscard]] Id outer(Id frame) const { return frames_[frame].outer; }
  // Where the innermost function of that stack, which is not empty, was called from.
  [[nodiscard]] const void* call_site(Id frame) const { return frames_[frame].call_site; }

 private:
  struct Frame {
    Id outer = 0;
    Id first_inner = 0;
    Id next = 0;  // with the same `outer`
    const void* call_site = nullptr;
  };

  std::vector<Frame> frames_ = std::vector<Frame>(1);
};

}  // namespace poolproof::world::memory
