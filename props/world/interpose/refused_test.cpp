// What the world does not model ends the run with its name, whichever way it is called.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cctype>
#include <string>

#include "props/world/world_fixture.hpp"

namespace poolproof::world {
namespace {

using testing::ValuesIn;

constexpr const char* kNotModelled = ": the simulated machine does not model it";

class Refused : public WorldFixture, public testing::WithParamInterface<const char*> {};

TEST_P(Refused, EndsTheRunWithItsName) {
  using Call = long(long, long, long, long, long, long, long);
  auto* const call = reinterpret_cast<Call*>(dlsym(RTLD_DEFAULT, GetParam()));
  ASSERT_NE(call, nullptr);
  EXPECT_EQ(run([&] { call(0, 0, 0, 0, 0, 0, 0); }), Ending::unsupported);
  EXPECT_EQ(refusal(), std::string(GetParam()) + kNotModelled);
}

#define POOLPROOF_REFUSED(symbol) #symbol,
constexpr const char* kRefused[] = {
#include "props/world/interpose/refused.inc"
};
#undef POOLPROOF_REFUSED

INSTANTIATE_TEST_SUITE_P(Symbols, Refused, ValuesIn(kRefused),
                         [](const auto& symbol) { return std::string(symbol.param); });

using RefusedCalls = WorldFixture;

TEST_F(RefusedCalls, OfTheSystemAreNamedByNumber) {
  const std::vector<std::pair<const char*, long>> calls{
      {"clone", SYS_clone},
      {"clone3", SYS_clone3},
      {"io_uring_enter", SYS_io_uring_enter},
      {"rt_sigtimedwait", SYS_rt_sigtimedwait},
      {"wait4", SYS_wait4},
  };
  for (const auto& [name, number] : calls) {
    EXPECT_EQ(run([&, number = number] { syscall(number, 0, 0, 0, 0, 0, 0); }),
              Ending::unsupported);
    EXPECT_EQ(refusal(), "syscall(SYS_" + std::string(name) + ")" + kNotModelled);
  }
}

TEST_F(RefusedCalls, OfAFutexAreNamedByNumber) {
  int word = 0;
  EXPECT_EQ(run([&] { syscall(SYS_futex, &word, FUTEX_LOCK_PI, 0, nullptr, nullptr, 0); }),
            Ending::unsupported);
  EXPECT_EQ(refusal(), "syscall(SYS_futex): the simulated machine does not model operation " +
                           std::to_string(FUTEX_LOCK_PI));
}

TEST_F(RefusedCalls, OfARobustMutexAreNamed) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, &attributes);
  EXPECT_EQ(run([&] { pthread_mutex_lock(&mutex); }), Ending::unsupported);
  EXPECT_EQ(refusal(), "pthread_mutex_lock: the simulated machine does not model a robust mutex");
}

}  // namespace
}  // namespace poolproof::world
