#include "props/world/fiber.hpp"

#include <cxxabi.h>

#include <cerrno>
#include <memory>
#include <utility>

namespace poolproof::world {
namespace {

// libpq keeps some 10 KiB of buffers on the stack; the accused may want more.
constexpr std::size_t kStackBytes = std::size_t{256} * 1024;

// The C++ ABI keeps, for each thread, the stack of caught exceptions and a count of those in flight
// (Itanium C++ ABI, section 2.2.2). The type is opaque in <cxxabi.h>; this is its layout.
struct ExceptionGlobals {
  void* caught;
  unsigned int uncaught;
};

ExceptionGlobals& exception_globals() {
  return *reinterpret_cast<ExceptionGlobals*>(abi::__cxa_get_globals());
}

// boost::context frees a stack with its fiber; ours outlive theirs.
struct BorrowedStack {
  void deallocate(boost::context::stack_context&) noexcept {}
};

// Where the last switch came from: whoever arrives writes down there how to go back.
constinit thread_local Fiber::Place* left = nullptr;

void arrived(boost::context::fiber&& from) { left->remains.fiber = std::move(from); }

}  // namespace

Fiber::Place::Place() { std::construct_at(&remains.fiber); }

Fiber::Fiber(Place& outside)
    : outside_(outside), allocator_(kStackBytes), stack_(allocator_.allocate()) {
  inside_.stack = {static_cast<const char*>(stack_.sp) - stack_.size, stack_.size};
  make();
}

// The loop of an idle fiber is made to end, so that nothing is left to unwind.
Fiber::~Fiber() {
  if (idle_) {
    over_ = true;
    enter();
  }
  allocator_.deallocate(stack_);
}

void Fiber::make() {
  boost::context::preallocated where(stack_.sp, stack_.size, stack_);
  sanitizer::reuse(inside_.stack);
  std::construct_at(&inside_.remains.fiber, std::allocator_arg, where, BorrowedStack{},
                    [this](boost::context::fiber&& from) {
                      arrived(std::move(from));
                      const sanitizer::Stack came_from = sanitizer::arrive(nullptr);
                      if (left == &outside_) outside_.stack = came_from;
                      loop();
                      sanitizer::leave(nullptr, outside_.stack);
                      left = &inside_;
                      return std::move(outside_.remains.fiber);
                    });
  idle_ = true;
}

void Fiber::loop() {
  while (!over_) {
    errno = 0;
    Carrier* const next = job_();
    job_ = nullptr;
    idle_ = true;
    go(inside_, next == nullptr ? outside_ : static_cast<Fiber*>(next)->inside_);
  }
}

// The exceptions in flight belong to the place that is left: without that, a fiber that is left
// while it unwinds would rethrow another one's exception.
void Fiber::go(Place& from, Place& to) {
  const int error = errno;
  const ExceptionGlobals exceptions = std::exchange(exception_globals(), {});
  void* kept = nullptr;
  sanitizer::leave(&kept, to.stack);
  left = &from;
  arrived(std::move(to.remains.fiber).resume());
  sanitizer::arrive(kept);
  exception_globals() = exceptions;
  errno = error;
}

void Fiber::assign(Job job) {
  job_ = std::move(job);
  idle_ = false;
}

void Fiber::enter() { go(outside_, inside_); }

void Fiber::switch_to(Carrier& other) { go(inside_, static_cast<Fiber&>(other).inside_); }

void Fiber::leave() { go(inside_, outside_); }

void Fiber::abandon() {
  if (!idle_) make();
}

}  // namespace poolproof::world
