// The carrier `fiber`: see carrier.hpp. thread_local storage of the code that runs on it is shared
// by all fibers.
#pragma once

#include <boost/context/fiber.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>

#include "props/world/carrier.hpp"
#include "props/world/sanitizer.hpp"

namespace poolproof::world {

class Fiber final : public Carrier {
 public:
  // Where something stopped, to be gone on with later: a fiber, or the outside.
  struct Place {
    // A union member has no destructor of its own: an abandoned fiber must not be unwound.
    union Remains {
      Remains() {}
      ~Remains() {}
      boost::context::fiber fiber;
    };
    Place();
    Remains remains;
    sanitizer::Stack stack;
  };

  // `outside` is shared by all fibers that may switch to each other.
  explicit Fiber(Place& outside);
  ~Fiber() override;

  void assign(Job job) override;
  void enter() override;
  void switch_to(Carrier& other) override;
  void leave() override;
  [[nodiscard]] Stack stack() const override { return {inside_.stack.bottom, inside_.stack.size}; }
  void abandon() override;

 private:
  void make();
  void loop();
  static void go(Place& from, Place& to);

  Place& outside_;
  boost::context::protected_fixedsize_stack allocator_;
  boost::context::stack_context stack_;
  Place inside_;
  Job job_;
  bool idle_ = true;
  bool over_ = false;  // the loop shall end
};

}  // namespace poolproof::world
