// The fiber carrier: a task's stack, entered and left on one OS thread. It knows nothing of tasks
// or schedules. thread_local storage of the code that runs on it is shared by all fibers.
#pragma once

#include <boost/context/fiber.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <functional>

#include "props/world/sanitizer.hpp"

namespace poolproof::world {

// Runs one job after the other on a stack of its own. Kept and reused between runs: a schedule
// must cost microseconds, a new stack costs more.
class Fiber {
 public:
  Fiber();
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Gives an idle fiber its next job; resume() then begins it.
  void assign(std::function<void()> job);

  // From outside: runs the job on until it suspends or ends.
  void resume();

  // From inside the job: goes back to whoever resumed. errno and the C++ exceptions in flight are
  // the fiber's own again when this returns; without that, a fiber that is left while it unwinds
  // would rethrow another one's exception.
  void suspend();

  // Forgets a suspended job: its frames are never run on nor unwound, because their destructors
  // would run in a world that has ended. What they own is leaked; the stack is used again.
  void abandon();

 private:
  void make();
  void loop(boost::context::fiber&& outside);
  void switch_out();
  [[nodiscard]] sanitizer::Stack own_stack() const;

  // A union member has no destructor of its own: an abandoned fiber must not be unwound.
  union Remains {
    Remains() {}
    ~Remains() {}
    boost::context::fiber fiber;
  };

  boost::context::protected_fixedsize_stack allocator_;
  boost::context::stack_context stack_;
  Remains inside_;
  boost::context::fiber outside_;
  std::function<void()> job_;
  bool idle_ = true;
  bool over_ = false;  // the loop shall end
  sanitizer::Stack outside_stack_;
};

}  // namespace poolproof::world
