#include "props/world/thread_carrier.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "props/world/interpose/real.hpp"
#include "props/world/sanitizer.hpp"

namespace poolproof::world {
namespace {

// As much as a fiber, and what the C library wants for itself.
constexpr std::size_t kStackBytes = std::size_t{512} * 1024;

[[noreturn]] void out_of_threads(int error) {
  std::fprintf(stderr, "poolproof: an OS thread for a task cannot be started: %s\n",
               std::strerror(error));
  std::abort();
}

}  // namespace

ThreadCarrier::ThreadCarrier(Shared& shared) : shared_(shared) {}

ThreadCarrier::~ThreadCarrier() { stop(); }

void ThreadCarrier::start() {
  POOLPROOF_REAL(pthread_create);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  const int error = sanitizer::create_thread_or(real_pthread_create)(
      &thread_, &attributes,
      [](void* self) -> void* {
        static_cast<ThreadCarrier*>(self)->loop();
        return nullptr;
      },
      this);
  pthread_attr_destroy(&attributes);
  if (error != 0) out_of_threads(error);
  started_ = true;
}

// An idle thread returns from its loop. One in the middle of a job must not unwind it: see wait().
void ThreadCarrier::stop() {
  POOLPROOF_REAL(pthread_join);
  if (!started_) return;
  over_ = true;
  baton_.give();
  real_pthread_join(thread_, nullptr);
  started_ = over_ = false;
  idle_ = true;
  job_ = nullptr;
}

Carrier::Stack ThreadCarrier::stack_of_this_thread() {
  POOLPROOF_REAL(pthread_self);
  pthread_attr_t attributes;
  void* bottom = nullptr;
  std::size_t size = 0;
  pthread_getattr_np(real_pthread_self(), &attributes);
  pthread_attr_getstack(&attributes, &bottom, &size);
  pthread_attr_destroy(&attributes);
  return {bottom, size};
}

void ThreadCarrier::loop() {
  stack_ = stack_of_this_thread();
  const stack_t stack{.ss_sp = signal_stack_.data(), .ss_flags = 0, .ss_size = kSignalStackBytes};
  if (!sanitizer::kPresent) sigaltstack(&stack, nullptr);
  if (shared_.at_start) shared_.at_start();
  if (setjmp(base_) != 0) return;  // NOLINT(cert-err52-cpp)
  for (;;) {
    baton_.take();
    if (over_) return;
    errno = 0;
    Carrier* const next = job_();
    job_ = nullptr;
    idle_ = true;
    (next == nullptr ? shared_.outside : static_cast<ThreadCarrier*>(next)->baton_).give();
  }
}

// The frames of an abandoned job are left as they are, with no destructor run.
void ThreadCarrier::wait() {
  baton_.take();
  if (over_) std::longjmp(base_, 1);  // NOLINT(cert-err52-cpp)
}

void ThreadCarrier::assign(Job job) {
  if (shared_.fresh_threads) stop();
  if (!started_) start();
  job_ = std::move(job);
  idle_ = false;
}

void ThreadCarrier::enter() {
  baton_.give();
  shared_.outside.take();
}

void ThreadCarrier::switch_to(Carrier& other) {
  static_cast<ThreadCarrier&>(other).baton_.give();
  wait();
}

void ThreadCarrier::leave() {
  shared_.outside.give();
  wait();
}

void ThreadCarrier::abandon() {
  if (!idle_) stop();
}

}  // namespace poolproof::world
