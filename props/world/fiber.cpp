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

}  // namespace

Fiber::Fiber() : allocator_(kStackBytes), stack_(allocator_.allocate()) { make(); }

// The loop of an idle fiber is made to end, so that nothing is left to unwind.
Fiber::~Fiber() {
  if (idle_) {
    over_ = true;
    resume();
    std::destroy_at(&inside_.fiber);
  }
  allocator_.deallocate(stack_);
}

sanitizer::Stack Fiber::own_stack() const {
  return {static_cast<const char*>(stack_.sp) - stack_.size, stack_.size};
}

void Fiber::make() {
  boost::context::preallocated where(stack_.sp, stack_.size, stack_);
  sanitizer::reuse(own_stack());
  std::construct_at(&inside_.fiber, std::allocator_arg, where, BorrowedStack{},
                    [this](boost::context::fiber&& outside) {
                      loop(std::move(outside));
                      sanitizer::leave(nullptr, outside_stack_);
                      return std::move(outside_);
                    });
  idle_ = true;
}

void Fiber::loop(boost::context::fiber&& outside) {
  outside_ = std::move(outside);
  outside_stack_ = sanitizer::arrive(nullptr);
  while (!over_) {
    job_();
    job_ = nullptr;
    idle_ = true;
    switch_out();
  }
}

void Fiber::switch_out() {
  void* kept = nullptr;
  sanitizer::leave(&kept, outside_stack_);
  outside_ = std::move(outside_).resume();
  outside_stack_ = sanitizer::arrive(kept);
}

void Fiber::assign(std::function<void()> job) {
  job_ = std::move(job);
  idle_ = false;
}

void Fiber::resume() {
  const ExceptionGlobals ours = std::exchange(exception_globals(), {});
  void* kept = nullptr;
  sanitizer::leave(&kept, own_stack());
  inside_.fiber = std::move(inside_.fiber).resume();
  sanitizer::arrive(kept);
  exception_globals() = ours;
}

void Fiber::suspend() {
  const int error = errno;
  const ExceptionGlobals exceptions = exception_globals();
  switch_out();
  exception_globals() = exceptions;
  errno = error;
}

void Fiber::abandon() {
  if (idle_) return;
  make();
}

}  // namespace poolproof::world
