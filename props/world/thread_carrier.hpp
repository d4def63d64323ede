// The carrier `thread`: see carrier.hpp.
#pragma once

#include <pthread.h>

#include <array>
#include <csetjmp>
#include <cstddef>

#include "props/world/baton.hpp"
#include "props/world/carrier.hpp"

namespace poolproof::world {

class ThreadCarrier final : public Carrier {
 public:
  // What all carriers that may switch to each other share.
  struct Shared {
    Baton outside;
    std::function<void()> at_start;
    bool fresh_threads = false;
  };

  explicit ThreadCarrier(Shared& shared);
  ~ThreadCarrier() override;

  void assign(Job job) override;
  void enter() override;
  void switch_to(Carrier& other) override;
  void leave() override;
  [[nodiscard]] Stack stack() const override { return stack_; }
  void abandon() override;

 private:
  // Handlers of a stack overflow need a stack to run on.
  static constexpr std::size_t kSignalStackBytes = std::size_t{64} * 1024;

  void start();
  void stop();
  void loop();
  static Stack stack_of_this_thread();
  void wait();

  Shared& shared_;
  Baton baton_;
  Job job_;
  std::jmp_buf base_;  // of the thread's stack
  pthread_t thread_{};
  Stack stack_;
  bool started_ = false;
  bool idle_ = true;
  bool over_ = false;  // the thread shall end when it gets the baton
  alignas(std::max_align_t) std::array<char, kSignalStackBytes> signal_stack_;
};

}  // namespace poolproof::world
